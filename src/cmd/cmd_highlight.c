/* cmd_highlight.c - .highlight: marks patterns in a colour wherever they come.  The rules belong to
 * the screen (pane/highlight.h). */
#include "base/text.h"
#include "cmd/cmd.h"
#include "macro/expected.h"
#include "pane/pane.h"

static cmd_run run;
static cmd_configure cmd_highlight_configure;
static cmd_complete complete;

const struct cmd cmd_highlight = {
	.verb = {.name = "highlight",
		.places = PLACE_PROMPT | PLACE_CONFIG,
		.args = "[/PATTERN/ [COLOUR] [--bell | --flash] | --drop N | --drop /PATTERN/]",
		.help = "mark a pattern in a colour wherever it comes, and ring or flash when it "
			"comes; or list what is marked",
		.examples = ".highlight /ALARM/ red --bell\n.highlight /OK|READY/ green\n"
			    ".highlight --drop 1"},
	.takes_rest = true,
	.at_once = true,
	.stays = true,
	.run = run,
	.configure = cmd_highlight_configure,
	.complete = complete,
};

static void list(struct shell *sh)
{
	const struct highlights *h = sh->ui->highlights;
	if (!h->count)
		shell_print(sh, UI_OUTPUT, "nothing is highlighted");
	for (size_t i = 0; i < h->count; i++) {
		struct bytes line;
		bytes_init(&line, LIMIT_LINE);
		highlight_spell(&h->at[i], &line);
		shell_print(sh, UI_OUTPUT, ".highlight %s", bytes_str(&line));
		bytes_free(&line);
	}
}

/* Returns the length of /PATTERN/ at the front; 0: err says what is wrong with it. */
static size_t pattern_length(struct slice rest, struct error *err)
{
	struct bytes source;
	size_t n;
	if (rest.at[0] != '/') {
		error_at(err, 0, rest.len, ".highlight needs /PATTERN/ and a colour");
		bool plain = rest.len <= 32 && !memchr(rest.at, '/', rest.len) &&
			     !memchr(rest.at, ' ', rest.len);
		error_hint(err, "such as .highlight /%s/ red", plain ? quote(rest).text : "ALARM");
		return 0;
	}
	bytes_init(&source, PATTERN_MAX);
	n = pattern_word(rest, NULL, &source, err);
	bytes_free(&source);
	if (n && n < rest.len && !is_blank(rest.at[n])) {
		error_at(err, n, rest.len - n, "a blank is missing behind the pattern");
		error_hint(err, "a slash inside of a pattern is written \\/");
		return 0;
	}
	return n;
}

struct wanted {
	size_t colour; /* an index of highlight_colour(); the first: none was said */
	enum highlight_tells tells;
};

/* Reads a word behind the pattern, which begins at byte `at` of the rest. */
static bool read_word(struct slice word, size_t at, struct wanted *w, struct error *err)
{
	char names[TABLE_NAMES_MAX];
	int colour = table_prefix(word, highlight_colour, NULL);
	if (slice_is(word, "--bell"))
		w->tells = TELLS_BELL;
	else if (slice_is(word, "--flash"))
		w->tells = TELLS_FLASH;
	else if (colour >= 0)
		w->colour = (size_t)colour;
	else
		return error_at(err, at, word.len,
			"the colour is %s, and behind it may be --bell or --flash, not '%s'",
			table_either(highlight_colour, NULL, names), quote(word).text);
	return true;
}

static bool add(struct highlights *h, struct slice rest, struct error *err)
{
	struct wanted wanted = {0};
	size_t n = pattern_length(rest, err);
	struct slice words = slice_cut(rest, n, rest.len), word;
	while (n && (word = slice_word(&words)).len)
		if (!read_word(word, (size_t)(word.at - rest.at), &wanted, err))
			return false;
	return n && highlights_add(h, slice_cut(rest, 0, n), wanted.colour, wanted.tells, err);
}

static bool drop(struct highlights *h, struct slice which, size_t at, struct error *err)
{
	if (!which.len)
		return error_at(err, at, 1,
			"--drop needs the number of a line of .highlight, or its /PATTERN/");
	if (highlights_drop(h, which))
		return true;
	return h->count ? error_at(err, at, which.len,
				  "%s is not highlighted; .highlight lists what is, from 1 to %zu",
				  quote(which).text, h->count)
			: error_at(err, at, which.len, "nothing is highlighted");
}

/* Carries out a line without its verb. */
static bool change(struct highlights *h, struct slice rest, struct error *err)
{
	struct slice behind = rest, first = slice_word(&behind);
	if (!slice_is(first, "--drop"))
		return add(h, rest, err);
	behind = slice_trim(behind);
	return drop(h, behind, behind.len ? (size_t)(behind.at - rest.at) : rest.len, err);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	struct highlights *h = sh->ui->highlights;
	if (!h)
		return error_set(err, STATUS_USAGE,
			".highlight is for the console: there are no colours here");
	if (!call->rest.len) {
		list(sh);
		return true;
	}
	if (!change(h, call->rest, err))
		return false;
	pane_again(sh->ui->pane);
	shell_say(sh, "%zu pattern%s highlighted%s", h->count, h->count == 1 ? " is" : "s are",
		h->count ? "; .highlight lists them" : "");
	shell_refresh(sh);
	return true;
}

/* Keeps the line for a console, because nobody else needs the library that compiles patterns. */
static bool cmd_highlight_configure(struct context *c, struct slice rest, struct error *err)
{
	if (!rest.len)
		return error_set(err, STATUS_USAGE, ".highlight needs /PATTERN/ and a colour here");
	return bytes_addf(&c->highlights, "%.*s\n", SLICE_ARG(rest));
}

void shell_highlight(struct shell *sh, struct slice lines)
{
	struct slice line;
	struct error err;
	while (sh->ui->highlights && slice_line(&lines, &line))
		if (!change(sh->ui->highlights, line, &err))
			shell_print(sh, UI_ERROR, "the configuration's .highlight %s: %s",
				quote(line).text, err.what);
}

static void complete(const struct completion *c)
{
	struct slice before = c->before;
	if (!c->nth)
		complete_add(c, "--drop");
	if (!c->nth || slice_is(slice_word(&before), "--drop"))
		return;
	complete_names(c, highlight_colour, NULL);
	complete_add(c, "--bell");
	complete_add(c, "--flash");
}
