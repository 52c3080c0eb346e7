/* probe_tell.c - see probe_private.h. */
#include "cli/probe_private.h"

#include "base/paste.h"
#include "base/text.h"
#include "cli/out.h"
#include <stdio.h>

enum { SHOWN_MOST = 200 };

void probe_tell(struct probe *p, const char *step, const char *where, bool good, int64_t took,
	const char *result)
{
	check_report(&(struct check_step){p->device, step, where, good, result, took});
}

/* Adds a reply as it is shown: escaped, and cut if it is long. */
static void show_bytes(struct bytes *out, struct slice s)
{
	bytes_add_str(out, "\"");
	text_add(out, slice_cut(s, 0, s.len < SHOWN_MOST ? s.len : SHOWN_MOST), out_spelling());
	bytes_addf(out, s.len > SHOWN_MOST ? "...\"" : "\"");
}

/* Adds '34 bytes, the first after 3 ms: "..."; then the device closes'. */
static void describe(const struct probe *p, int64_t since, struct bytes *out)
{
	char first[DURATION_TEXT_MAX];
	bytes_addf(out, "%zu byte%s, the first after %s: ", p->came, plural(p->came),
		duration_text(p->first - since, first));
	show_bytes(out, bytes_slice(&p->reply));
	if (p->broke[0])
		bytes_addf(out, "; then the line breaks: %s", p->broke);
	else
		bytes_add_str(out, p->closed  ? "; then the device closes"
				   : p->talks ? "; it does not stop talking"
					      : "; it leaves the line open");
}

void probe_tell_silence(struct probe *p, const char *why)
{
	char name[PROBE_NAME_MAX];
	probe_tell(p, "try", probe_name(&p->command, probe_attempt(p), name), false,
		probe_now(p) - p->asked, why);
}

void probe_tell_answer(struct probe *p)
{
	char name[PROBE_NAME_MAX];
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	describe(p, p->asked, &text);
	probe_tell(p, "try", probe_name(&p->command, probe_attempt(p), name), true,
		p->last - p->asked, bytes_str(&text));
	bytes_free(&text);
}

void probe_tell_banner(struct probe *p)
{
	struct bytes text;
	char limit[DURATION_TEXT_MAX];
	bytes_init(&text, LIMIT_MESSAGE);
	if (p->reply.len)
		describe(p, p->began, &text);
	else if (p->closed)
		bytes_add_str(&text, "the device closes without a word");
	else
		bytes_addf(&text, "it says nothing by itself within %s",
			duration_text(p->listened, limit));
	probe_tell(p, "banner", p->device, true, probe_now(p) - p->began, bytes_str(&text));
	bytes_free(&text);
}

bool probe_is_telnet(struct slice r)
{
	return r.len >= 3 && r.at[0] == 0xff && r.at[1] >= 0xfb && r.at[1] <= 0xfe;
}

/* Says whether it is an alert of TLS, which answers what is no handshake. */
static bool is_tls_alert(struct slice r)
{
	return r.len >= 7 && r.at[0] == 0x15 && r.at[1] == 3 && r.at[2] <= 4 && r.at[3] == 0 &&
	       r.at[4] == 2 && (r.at[5] == 1 || r.at[5] == 2);
}

bool probe_tell_protocol(struct probe *p)
{
	struct slice r = bytes_slice(&p->reply);
	if (is_tls_alert(r))
		probe_tell(p, "hint", "tls", true, -1,
			"it answers with an alert of TLS: try tls:// in front of the address");
	else if (probe_is_telnet(r))
		probe_tell(p, "hint", "telnet", true, -1,
			"it negotiates like telnet: put telnet:// in front of the address");
	return is_tls_alert(r);
}

struct proposal {
	const struct probe *probe;
	struct slice notation;
};

static void tell_line(const struct output *format, const void *arg)
{
	const struct proposal *proposal = arg;
	unsigned flags = out_spelling();
	(void)format;
	bytes_add_str(out_begin(), "try: wilco -f ");
	paste_add(out_begin(), proposal->notation, flags);
	bytes_add_byte(out_begin(), ' ');
	paste_add(out_begin(), bytes_slice(&proposal->probe->place), flags);
	out_end();
}

void probe_tell_frame(struct probe *p)
{
	struct bytes notation, text;
	const struct frame_book *book = p->cli->context->book;
	const struct probe_end *end = probe_end_of(&p->command, probe_attempt(p));
	struct guess_seen seen = {.asked = p->asks,
		.command = bytes_slice(&p->command.command),
		.end = slice_of(end->bytes, p->asks ? end->size : 0),
		.half_close = p->asks && probe_attempt(p)->half,
		.said = bytes_slice(&p->spoke),
		.reply = probe_whole_lines(bytes_slice(&p->reply), p->talks),
		.closed = p->closed && !p->broke[0],
		.datagrams = address_datagrams(&p->address),
		.endless = p->talks,
		.silence = PROBE_QUIET};
	bytes_init(&notation, LIMIT_NOTATION);
	bytes_init(&text, LIMIT_MESSAGE);
	bool good = guess_frame(book, &seen, &notation, &text);
	bool greets =
		good && p->spoke.len && guess_greeting(book, bytes_slice(&p->spoke), &notation);
	if (greets)
		bytes_add_str(&text, "; it speaks first");
	if (good)
		probe_tell(p, "frame", bytes_str(&notation), true, -1, bytes_str(&text));
	else
		probe_tell(p, "frame", "none", false, -1, "no frame fits what came");
	if (p->spoke.len && !greets)
		probe_tell(p, "hint", "greet", true, -1,
			"it speaks first: the setting greet=1s waits for that");
	const struct proposal proposal = {p, bytes_slice(&notation)};
	if (good)
		out_result(&(struct result){.plain = tell_line, .arg = &proposal});
	bytes_free(&notation);
	bytes_free(&text);
}

void probe_tell_reason(struct probe *p)
{
	if (p->echoes)
		probe_tell(p, "hint", "echo", true, -1,
			"nothing came but what was sent: an echo, or a line that loops back");
	else if (p->closes && !p->any && address_resolves(&p->address))
		probe_tell(p, "hint", "tls", true, -1,
			"it closes the line instead of answering: if this is a port with TLS, try "
			"tls:// in front of the address");
	else if (!p->any && !p->closes && address_half_closes(&p->address))
		probe_tell(p, "hint", "busy", true, -1,
			"it takes the line and says nothing: another client may hold this port, or "
			"the device behind it is off");
}
