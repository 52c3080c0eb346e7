/* probing_tell.c - see probing_private.h. */
#include "cmd/probing_private.h"

#include "base/text.h"

void probing_say(const struct probing *p, const char *format, ...)
{
	va_list args;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	va_start(args, format);
	bytes_addv(&text, format, args);
	va_end(args);
	advice_say(p->device, "probe: %s", bytes_str(&text));
	bytes_free(&text);
}

bool probing_progress(const struct shell *sh, struct bytes *out)
{
	if (sh->probing)
		bytes_addf(out, "probing %s; Ctrl-C stops",
			session_name(probing_session(sh->probing)));
	return sh->probing != NULL;
}

void probing_tell_beginning(const struct probing *p)
{
	struct slice command = bytes_slice(&p->asked.command);
	if (probing_attempts(p) == 1)
		probing_say(p, "'%s' goes out once, as it is; Ctrl-C stops", quote(command).text);
	else if (p->same_line)
		probing_say(p, "'%s' goes out once, and line ends behind it; Ctrl-C stops",
			quote(command).text);
	else
		probing_say(p,
			"'%s' goes out at most %zu times, %s, until something answers; Ctrl-C "
			"stops",
			quote(command).text, probing_attempts(p),
			p->asked.own ? "as it is" : "with one line end after the other");
}

void probing_tell_attempt(const struct probing *p)
{
	char name[PROBE_NAME_MAX];
	probe_name(&p->asked, probing_attempt(p), name);
	if (p->other_speeds)
		probing_say(p, "%lld baud: %s behind the command", probing_baud(p), name);
	else
		probing_say(p, "%s behind the command", name);
}

void probing_tell_speeds(const struct probing *p)
{
	struct bytes list;
	int64_t now = p->before_settings.at[SET_BAUD].value;
	size_t count = 0;
	bytes_init(&list, LIMIT_MESSAGE);
	for (size_t i = 0; i < PROBE_SPEEDS; i++)
		if (probing_speeds[i] != now)
			bytes_addf(
				&list, "%s%lld", count++ ? ", " : "", (long long)probing_speeds[i]);
	probing_say(p,
		"nothing %s at %lld baud.  Other speeds are %s: the command would go out up to %zu "
		"times more, and the speed is put back at the end",
		p->noise ? "readable came" : "answers", (long long)now, bytes_str(&list), count);
	bytes_free(&list);
}

void probing_tell_reason(const struct probing *p)
{
	struct bytes place;
	bytes_init(&place, LIMIT_MESSAGE);
	address_text(session_address(probing_session(p)), &place);
	shell_raise_status(p->shell, p->why[0] ? p->exit : STATUS_REPLY);
	if (p->why[0])
		probing_say(p, "it cannot go on: %s", p->why);
	else if (p->noise)
		probing_say(p, "nothing readable came from %s: mode= and baud= may be others",
			bytes_str(&place));
	else if (p->echoes)
		probing_say(p,
			"only what was sent came back from %s: an echo, or a line that loops back",
			bytes_str(&place));
	else
		probing_say(p, "nothing answers at %s%s", bytes_str(&place),
			probing_is_serial(p)
				? ": is it on, are RX and TX crossed, is the speed right?"
				: ": is it on, and is this its port?");
	bytes_free(&place);
}

void probing_tell_proposal(struct probing *p, const char *notation, const char *because, bool fits)
{
	char name[PROBE_NAME_MAX];
	struct bytes lines, text;
	bytes_init(&lines, LIMIT_LINE);
	bytes_init(&text, LIMIT_MESSAGE);
	if (p->other_speeds)
		bytes_addf(&lines, ".set baud=%lld", probing_baud(p));
	if (!fits)
		bytes_addf(&lines, "%s.frame %s", lines.len ? "\n" : "", notation);
	if (p->plan)
		bytes_addf(&text, "%s behind the command woke it: ",
			probe_name(&p->asked, probing_attempt(p), name));
	if (p->other_speeds)
		bytes_addf(&text, "at %lld baud ", probing_baud(p));
	probing_say(p, "%s%s", bytes_str(&text), because);
	bytes_clear(&text);
	if (lines.len) {
		advice_propose(p->device, bytes_str(&lines), SLICE(""));
		bytes_add_str(&text, "this fits");
		/* In front, because a notation has semicolons of its own. */
		advice_add_key(p->device, " (",
			p->other_speeds && !fits ? "sets both)" : "sets it)", &text);
		bytes_add_str(&text, ": ");
		if (p->other_speeds)
			bytes_addf(&text, ".set baud=%lld%s", probing_baud(p), fits ? "" : " and ");
		if (!fits)
			bytes_addf(&text, ".frame %s", notation);
	} else {
		bytes_add_str(&text, "the frame fits as it is");
	}
	probing_say(p, "%s", bytes_str(&text));
	bytes_free(&lines);
	bytes_free(&text);
}
