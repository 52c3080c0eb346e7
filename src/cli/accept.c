/* accept.c - see accept.h. */
#include "cli/accept.h"

#include "base/mem.h"
#include "base/paths.h"
#include "base/sorted.h"
#include "base/text.h"
#include "cli/ask.h"
#include "macro/expected.h"
#include <stdio.h>
#include <stdlib.h>
#include <wilco/limits.h>

/* The replies below a command, as they would stand in the file. */
struct accepted {
	unsigned line;   /* of the command */
	size_t old;      /* reply lines that stand there */
	char *text;      /* the new ones, without their blanks, a line each */
	bool changed;    /* something differs */
	const char *why; /* it cannot be written; NULL: it can */
};

struct accept {
	char *path;
	struct accepted *at;
	size_t count, room;
};

struct accept *accept_new(const char *path)
{
	struct accept *a = mem_new(sizeof *a);
	a->path = mem_str(path);
	return a;
}

void accept_free(struct accept *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->count; i++)
		free(a->at[i].text);
	free(a->at);
	free(a->path);
	free(a);
}

/* ---- one step ---- */

/* Says whether the k-th frame (from 1) differs.  Where there is only one, no number is said. */
static bool frame_differs(const struct step_result *r, size_t k, bool *field)
{
	char numbered[32];
	bool any = false;
	int n = snprintf(numbered, sizeof numbered, "frame %zu", k);
	for (size_t i = 0; i < r->differences->count; i++) {
		const char *at = r->differences->at[i].at;
		bool here = strncmp(at, numbered, (size_t)n) == 0 && (!at[n] || at[n] == ',');
		bool only = k == 1 &&
			    (strncmp(at, "byte ", 5) == 0 || strncmp(at, "pattern", 7) == 0 ||
				    strncmp(at, "field ", 6) == 0 || strcmp(at, "frame") == 0);
		any |= here || only;
		*field |= (here || only) && strstr(at, "field ");
	}
	return any;
}

static const struct reply *next_reply(const struct reply *r)
{
	while (r && (r->mark == MARK_ECHO || r->kind == SPLIT_ACK))
		r = r->next;
	return r;
}

static bool is_mark(struct slice line, const char *mark)
{
	return slice_starts(line, slice_str(mark));
}

/* Says whether the line stands for something that answers no command, which stays. */
static bool is_unasked(struct slice line)
{
	return is_mark(line, "(unsolicited)") || is_mark(line, "(late)") ||
	       is_mark(line, "(stray)");
}

static const char *refusal(const struct step_result *r, struct slice line)
{
	if (r->exchange->status != EXCHANGE_OK)
		return exchange_status_name(r->exchange->status);
	if (r->exchange->tell)
		return "the command has no reply";
	if (is_mark(line, "(none)") || is_mark(line, "(lost)") || is_mark(line, "(damaged)"))
		return "a mark says that no complete reply comes";
	return NULL;
}

/* A reply that is too long for a line is written in lines of so many bytes, which fit however they
 * are spelled. */
enum { REPLY_PIECE = LIMIT_LINE / (TEXT_MOST + 1) };

/* Adds a reply, with the lines in which it goes on; returns why it cannot be written, or NULL. */
static const char *add_reply(
	const struct step_result *r, const struct reply *reply, struct bytes *text)
{
	const struct frame *frame = r->exchange->frame;
	struct bytes line;
	bytes_init(&line, LIMIT_LINE - 2);
	expected_spell_reply(reply, frame, &line);
	bool fits = !line.over, whole = reply->kind == SPLIT_FRAME && !reply->hidden;
	if (fits)
		bytes_addf(text, "%s\n", bytes_str(&line));
	bytes_free(&line);
	for (size_t at = 0; !fits && whole && at < reply->payload.len; at += REPLY_PIECE) {
		bytes_add_str(text, at ? "(and) " : "");
		expected_spell_bytes(slice_cut(reply->payload, at, at + REPLY_PIECE),
			frame_rules(frame)->bin, text);
		bytes_add_byte(text, '\n');
	}
	return text->over      ? "the replies are too long for a macro"
	       : fits || whole ? NULL
			       : "a reply with a secret in it is too long for a line";
}

static const char *first_of(const char *why, const char *other)
{
	return why ? why : other;
}

/* Composes the replies of the block; returns why they cannot be written, or NULL. */
static const char *compose(const struct step_result *r, struct accepted *a, struct bytes *text)
{
	const struct reply *reply = next_reply(r->exchange->replies);
	const char *why = NULL;
	struct slice line;
	size_t frame = 0;
	bool whatever = false, kept = false;
	for (; step_expected(r, a->old, &line); a->old++) {
		if (expected_goes_on(line)) {
			if (kept)
				bytes_addf(text, "%.*s\n", SLICE_ARG(line));
			continue;
		}
		bool unasked = is_unasked(line), field = false;
		why = first_of(why, refusal(r, line));
		whatever |= slice_is(line, "(any)");
		bool differs = !unasked && frame_differs(r, ++frame, &field);
		if (field)
			why = "fields of the reply differ";
		kept = !differs || whatever;
		a->changed |= !kept;
		if (kept)
			bytes_addf(text, "%.*s\n", SLICE_ARG(line));
		else if (reply)
			why = first_of(why, add_reply(r, reply, text));
		if (!unasked && reply)
			reply = next_reply(reply->next);
	}
	for (; reply && !whatever && a->old; reply = next_reply(reply->next)) {
		a->changed = true;
		why = first_of(why, add_reply(r, reply, text));
	}
	return why;
}

static bool is_above(const void *accepted, const void *line)
{
	return ((const struct accepted *)accepted)->line < *(const unsigned *)line;
}

/* Returns where the line is, or would be, among those that are known. */
static size_t place_of(const struct accept *a, unsigned line)
{
	return sorted_place(a->at, a->count, sizeof *a->at, is_above, &line);
}

static struct accepted *accepted_at(const struct accept *a, unsigned line)
{
	size_t i = place_of(a, line);
	return i < a->count && a->at[i].line == line ? &a->at[i] : NULL;
}

static void keep(struct accept *a, const struct accepted *new)
{
	size_t i = place_of(a, new->line);
	if (a->count == a->room) {
		a->room = a->room ? 2 * a->room : 16;
		a->at = mem_grow(a->at, a->room, sizeof *a->at);
	}
	memmove(&a->at[i + 1], &a->at[i], (a->count - i) * sizeof *a->at);
	a->at[i] = *new;
	a->count++;
}

void accept_step(struct accept *a, const struct step_result *r)
{
	struct accepted new = {.line = r->line}, *before;
	struct bytes text;
	if (strcmp(r->file, a->path) != 0 || !r->exchange)
		return;
	bytes_init(&text, LIMIT_FILE);
	new.why = compose(r, &new, &text);
	new.changed = new.changed || (r->status && new.why &&new.old);
	before = accepted_at(a, r->line);
	if (before && strcmp(before->text, bytes_str(&text)) != 0) {
		before->changed = true;
		before->why = "the turns of its loop were answered differently";
	} else if (!before && new.old) {
		new.text = mem_str(bytes_str(&text));
		keep(a, &new);
	}
	bytes_free(&text);
}

/* ---- the file ---- */

static bool is_reply_line(struct slice line)
{
	return slice_starts(line, SLICE("  ")) && slice_trim(line).len;
}

/* Takes the next line with its end. */
static struct slice whole_line(struct slice *rest)
{
	const uint8_t *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;
	size_t n = end ? (size_t)(end - rest->at) + 1 : rest->len;
	struct slice line = slice_cut(*rest, 0, n);
	*rest = slice_cut(*rest, n, rest->len);
	return line;
}

static void add_new(struct slice *text, struct bytes *out)
{
	struct slice line;
	if (slice_line(text, &line))
		bytes_addf(out, "  %.*s\n", SLICE_ARG(line));
}

/* Adds the file with other replies below those commands. */
static void rewrite(const struct accept *a, struct slice file, struct bytes *out)
{
	struct slice text = {0};
	size_t left = 0; /* old reply lines of the block */
	for (unsigned number = 1; file.len; number++) {
		struct slice line = whole_line(&file);
		const struct accepted *new = accepted_at(a, number);
		if (left && is_reply_line(line)) {
			add_new(&text, out);
			for (left--; !left && text.len;)
				add_new(&text, out);
			continue;
		}
		bytes_add(out, line);
		if (!new || !new->changed || new->why)
			continue;
		text = slice_str(new->text);
		left = new->old;
	}
}

static bool accept_write(const struct accept *a, struct error *err)
{
	struct bytes before, after;
	bytes_init(&before, LIMIT_FILE + 1);
	bytes_init(&after, 2 * (size_t)LIMIT_FILE);
	int found = path_read(a->path, PATH_FILE, LIMIT_FILE, &before, err);
	if (found == 0)
		error_set(err, STATUS_OUTPUT, "no file %s", quote(slice_str(a->path)).text);
	if (found > 0)
		rewrite(a, bytes_slice(&before), &after);
	bool good = found > 0 && path_replace(a->path, bytes_slice(&after), err);
	bytes_free(&before);
	bytes_free(&after);
	return good;
}

/* ---- the person ---- */

bool accept_can_ask(const struct cli *cli, struct error *err)
{
	bool good = cli->options.yes || cli_can_ask();
	return good || error_set(err, STATUS_USAGE,
			       "--accept asks before it writes: without a terminal, --yes answers");
}

static bool may_write(const struct accept *a, const struct cli *cli, size_t count)
{
	struct bytes text, answer;
	if (cli->options.yes)
		return true;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_init(&answer, LIMIT_LINE);
	bytes_addf(&text, "accept %zu block%s in %s? [y/N]", count, plural(count),
		quote(slice_str(a->path)).text);
	bool yes = cli_ask(bytes_slice(&text), &answer) && answer.len && (answer.at[0] | 32) == 'y';
	bytes_free(&text);
	bytes_free(&answer);
	return yes;
}

enum status accept_over(const struct accept *a, const struct cli *cli)
{
	struct error err;
	size_t count = 0;
	struct quoted name = quote(slice_str(a->path));
	for (size_t i = 0; i < a->count; i++) {
		const struct accepted *at = &a->at[i];
		count += at->changed && !at->why;
		if (at->changed && at->why)
			cli_note(cli, "%s:%u: not accepted: %s", name.text, at->line, at->why);
	}
	if (!count || !may_write(a, cli, count))
		return STATUS_OK;
	if (!accept_write(a, &err))
		return cli_error(&err, SLICE(""));
	cli_note(cli, "accepted %zu block%s in %s", count, plural(count), name.text);
	return STATUS_OK;
}
