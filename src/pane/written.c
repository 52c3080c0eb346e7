/* written.c - see written.h. */
#include "pane/written.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "pane/language.h"
#include "pane/pane.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct written_device {
	char *name;               /* as an argument */
	bool greeted;             /* there is a .greeting, of which a device has one */
	struct settings settings; /* those that the file gives it */
	struct frame *frame;      /* of its lines; a reference; NULL: the file does not say */
	struct frame *said;       /* the same as the file says it; a reference */
	struct frame_values fields;
};

enum { AT_HEAD, AT_REPLIES, AT_END };

/* ---- devices ---- */

/* Adds a device's name as one argument. */
static void add_argument(struct slice name, struct bytes *out)
{
	bool quoted = false;
	for (size_t i = 0; i < name.len; i++)
		quoted |= name.at[i] <= ' ' || strchr("'\"\\", name.at[i]);
	if (!quoted) {
		bytes_add(out, name);
		return;
	}
	struct bytes text;
	bytes_init(&text, LIMIT_LINE);
	text_add(&text, name, 0);
	bytes_add_byte(out, '\'');
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\'')
			bytes_add_str(out, "\\x27");
		else
			bytes_add_byte(out, text.at[i]);
	bytes_add_byte(out, '\'');
	bytes_free(&text);
}

/* Adds what opens the device: its name.  A port that only an option gave is added, and `ahead`,
 * which whoever compares replies does not have, is left out. */
static void add_name(const struct session *s, struct bytes *out)
{
	struct slice name = slice_str(session_name(s));
	const struct address *at = session_address(s);
	struct address named;
	struct bytes url;
	struct error ignored;
	bytes_init(&url, LIMIT_LINE);
	if (address_parse(name, 0, &named, &ignored)) {
		bool moved = named.kind == at->kind && strcmp(named.host, at->host) == 0 &&
			     !named.port_said && named.port != at->port;
		struct address opened = moved ? *at : named;
		bool ahead = opened.settings.at[SET_AHEAD].set;
		opened.settings.at[SET_AHEAD].set = false;
		if (moved || ahead)
			address_url(&opened, &url);
		address_free(&named);
	}
	add_argument(url.len ? bytes_slice(&url) : name, out);
	bytes_free(&url);
}

/* Finds the device by its name as an argument, w->count: the file does not have it. */
static size_t find_device(const struct written *w, struct slice name)
{
	size_t i = 0;
	while (i < w->count && !slice_is(name, w->devices[i].name))
		i++;
	return i;
}

static struct written_device *written_add(struct written *w, struct slice name)
{
	w->devices = mem_grow(w->devices, w->count + 1, sizeof *w->devices);
	struct written_device *d = &w->devices[w->count++];
	*d = (struct written_device){.name = mem_strn(name.at, name.len)};
	settings_init(&d->settings);
	return d;
}

static struct written_device *current(const struct written *w)
{
	return &w->devices[w->current];
}

/* Says whose the next lines are. */
static void choose(struct written *w, size_t device, struct slice name, struct bytes *out)
{
	struct address named;
	struct error ignored;
	if (device == w->current && device < w->count)
		return;
	if (name.len) /* a device that nobody named is the one that is open */
		bytes_addf(out, "%s %.*s\n", device < w->count ? ".use" : ".open", SLICE_ARG(name));
	if (device == w->count &&
		address_parse(name, 0, &named, &ignored)) { /* it gives settings, too */
		settings_merge(&written_add(w, name)->settings, &named.settings);
		address_free(&named);
	} else if (device == w->count) {
		written_add(w, name);
	}
	w->current = device;
	w->headed = false;
}

/* Adds the settings that decide how exchanges end. */
static void add_settings(struct written_device *d, const struct settings *now, struct bytes *out)
{
	static const enum setting_id ids[] = {SET_TIMEOUT, SET_SILENCE, SET_DEADLINE, SET_GAP,
		SET_GAP_MORE, SET_IDLE, SET_GREET, SET_MAX, SET_RESYNC, SET_GATEWAY,
		SET_CONNECTION};
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		const struct setting *is = &now->at[ids[i]], *was = &d->settings.at[ids[i]];
		if (!is->set || (was->set && was->value == is->value))
			continue;
		bytes_addf(out, ".set %s=", setting_name(ids[i]));
		setting_text(now, ids[i], out);
		bytes_add_str(out, "\n");
		d->settings.at[ids[i]] = *is;
	}
}

/* ---- the frame and its fields ---- */

/* Says whether a field that the file has set is set no more, which only the frame undoes. */
static bool is_unset(const struct written_device *d, const struct exchange *x)
{
	for (size_t i = 0; x->command && i < frame_field_count(d->frame); i++)
		if (d->fields.at[i].set && !(x->set && x->set[i].set))
			return true;
	return false;
}

static bool is_same(const struct frame *a, const struct frame *b)
{
	return a == b || (a && strcmp(frame_notation(a), frame_notation(b)) == 0);
}

struct slice written_end_of(const struct exchange *x)
{
	const struct reply *r = x->replies;
	while (r && (r->kind != SPLIT_FRAME || !r->delimiter.len))
		r = r->next;
	return r ? r->delimiter : SLICE("");
}

/* Finds the frame as a device says it: with the end that the first reply has. */
static struct frame *said_of(const struct written *w, const struct exchange *x)
{
	struct slice end = w->end.len ? w->end : written_end_of(x);
	struct frame *said = w->exact && end.len ? frame_saying(x->frame, end) : NULL;
	return said ? said : frame_ref(x->frame);
}

static void add_frame(struct written *w, const struct exchange *x, struct bytes *out)
{
	struct written_device *d = current(w);
	struct bytes definition;
	if (is_same(d->frame, x->frame) && !is_unset(d, x))
		return;
	bytes_init(&definition, LIMIT_LINE);
	for (size_t i = 0; frame_definition(x->frame, i, &definition); i++) {
		bytes_addf(out, ".frame %s\n", bytes_str(&definition));
		bytes_clear(&definition);
	}
	bytes_free(&definition);
	frame_unref(d->said);
	d->said = said_of(w, x);
	bytes_addf(out, ".frame %s\n", frame_name(d->said));
	frame_ref(x->frame);
	frame_unref(d->frame);
	d->frame = x->frame;
	d->fields = (struct frame_values){0};
}

/* Adds the fields that were set for all commands and changed. */
static void add_fields(struct written_device *d, const struct exchange *x, struct bytes *out)
{
	for (size_t i = 0; x->set && i < frame_field_count(x->frame); i++) {
		const struct field_value *now = &x->set[i], *was = &d->fields.at[i];
		if (!now->set || (was->set && field_value_same(now, was)))
			continue;
		bytes_addf(out, ".set field.%s=", frame_field_name(x->frame, i));
		language_value(now, out);
		bytes_add_str(out, "\n");
		d->fields.at[i] = *now;
	}
}

/* ---- the file ---- */

/* Looks at a line of the file as it was. */
static void written_see(struct written *w, struct slice line)
{
	struct slice rest = line, word = slice_word(&rest), name = slice_trim(rest);
	size_t found = find_device(w, name);
	if (slice_is(word, ".greeting") && w->current < w->count)
		current(w)->greeted = true;
	if ((!slice_is(word, ".open") && !slice_is(word, ".use")) || !name.len)
		return;
	if (found == w->count)
		written_add(w, name);
	w->current = found;
}

void written_begin(struct written *w, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	FILE *file = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? fdopen(fd, "r") : NULL;
	char *line = NULL;
	size_t room = 0;
	*w = (struct written){0};
	bytes_init(&w->now, LIMIT_LINE);
	for (ssize_t n; file && (n = getline(&line, &room, file)) > 0;) {
		w->open_line = line[n - 1] != '\n';
		if (line[0] == '.')
			written_see(w, slice_of(line, (size_t)n - !w->open_line));
	}
	free(line);
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
}

void written_end(struct written *w)
{
	for (size_t i = 0; i < w->count; i++) {
		free(w->devices[i].name);
		frame_unref(w->devices[i].frame);
		frame_unref(w->devices[i].said);
	}
	free(w->devices);
	bytes_free(&w->now);
	*w = (struct written){0};
}

void written_rest(struct written *w, struct bytes *out)
{
	bytes_add(out, bytes_slice(&w->now));
	bytes_clear(&w->now);
}

/* ---- one exchange ---- */

static void add_wait(int64_t ns, struct bytes *out)
{
	if (ns >= NS_PER_MS)
		bytes_addf(out, ".wait %lldms\n", (long long)(ns / NS_PER_MS));
}

/* Adds when the command was sent, and how long its reply took. */
static void add_time(const struct exchange *x, struct bytes *out)
{
	char time[CLOCK_TEXT_MAX], took[DURATION_TEXT_MAX];
	int64_t rtt = exchange_rtt(x);
	bytes_addf(out, "# %s", clock_text(&x->time, true, time));
	if (x->command && rtt >= 0)
		bytes_addf(out, " +%s", duration_text(rtt, took));
	bytes_add_str(out, "\n");
}

/* Begins with the command.  Without it, replies would belong to the command before it. */
static void begin_command(const struct exchange *x, struct entry_at *at, struct bytes *out)
{
	bool good = language_command(x, out), plays = good && language_was_sent(x);
	at->left_out += !good;
	at->stage = plays ? AT_REPLIES : AT_END;
}

/* What went out of turn stands below the command that waited. */
static void keep_now(struct written *w, const struct session *s, const struct exchange *x)
{
	const struct exchange *waits = session_current(s);
	add_wait(waits && waits->sent_at ? x->sent_at - waits->sent_at : 0, &w->now);
	language_command(x, &w->now);
}

/* What a device said stands below the last command, if that passed by the same connection. */
static void begin_passed(
	struct written *w, const struct exchange *x, struct entry_at *at, struct bytes *out)
{
	at->comment = x->link != w->link;
	if (at->comment)
		bytes_addf(out, "# connection %u:\n", x->link);
}

/* Returns how many ms what a device says or does comes late; 0: its time says nothing. */
static int64_t late_ms(const struct written *w, const struct exchange *x)
{
	if (x->closed && !x->replies)
		return (x->ended_at - w->ended_at) / NS_PER_MS;
	if (x->status != EXCHANGE_LATE || !w->sent.tv_sec || !x->replies)
		return 0;
	return (x->time.tv_sec - w->sent.tv_sec) * 1000 +
	       (x->time.tv_nsec - w->sent.tv_nsec) / 1000000;
}

/* What answers no command stands below what came before it.  The first of a device is what it says
 * when it is connected, of which there is one. */
static void begin_unasked(struct written *w, struct written_device *d, const struct exchange *x,
	struct entry_at *at, struct bytes *out)
{
	bool greets = x->status == EXCHANGE_GREETING || !w->headed;
	int64_t ms = late_ms(w, x);
	if (!greets && d == current(w) && x->link != w->link) {
		begin_passed(w, x, at, out);
		return;
	}
	at->comment = d != current(w) || (greets && d->greeted);
	if (at->comment)
		bytes_addf(out, "# %s, %s:\n", exchange_status_name(x->status),
			d == current(w) ? "once more" : d->name);
	else if (greets)
		bytes_add_str(out, ".greeting\n");
	else if (ms > 0)
		bytes_addf(out, ".delay %lldms\n", (long long)ms);
	if (!at->comment)
		d->greeted |= greets;
	w->headed |= !at->comment;
}

static void add_command(
	struct written *w, const struct exchange *x, struct entry_at *at, struct bytes *out)
{
	add_fields(current(w), x, out);
	if (w->pauses && w->ended_at && x->sent_at)
		add_wait(x->sent_at - w->ended_at, out);
	if (w->times && x->time.tv_sec)
		add_time(x, out);
	begin_command(x, at, out);
	w->headed |= at->stage == AT_REPLIES;
	w->link = x->link;
	w->sent = x->time;
	if (at->stage == AT_REPLIES)
		written_rest(w, out);
	if (x->passed) /* its replies passed by themselves */
		at->stage = AT_END;
}

/* Says whether it came from another device than that of the lines above, whose command it does not
 * answer. */
static bool is_aside(const struct written *w, size_t device, const struct exchange *x)
{
	return !x->command && x->status != EXCHANGE_GREETING && device != w->current;
}

static void written_head(struct written *w, const struct session *s, const struct exchange *x,
	struct entry_at *at, struct bytes *out)
{
	struct bytes name;
	bytes_init(&name, LIMIT_LINE);
	add_name(s, &name);
	size_t device = find_device(w, bytes_slice(&name));
	bytes_add_str(out, w->open_line ? "\n" : "");
	w->open_line = false;
	at->stage = AT_REPLIES;
	at->reply = x->replies;
	if (device == w->count || !is_aside(w, device, x)) {
		choose(w, device, bytes_slice(&name), out);
		add_settings(current(w), session_settings(s), out);
		add_frame(w, x, out);
	}
	bytes_free(&name);
	if (x->now) {
		keep_now(w, s, x);
		at->stage = AT_END;
	} else if (x->command) {
		add_command(w, x, at, out);
	} else {
		if (w->times && x->time.tv_sec)
			add_time(x, out);
		if (x->passed && w->headed)
			begin_passed(w, x, at, out);
		else
			begin_unasked(w, &w->devices[device], x, at, out);
	}
	w->ended_at = x->ended_at;
}

static void add_reply(
	const struct exchange *x, const struct frame *said, struct entry_at *at, struct bytes *out)
{
	const struct reply *r = at->reply;
	at->reply = r->next;
	if (r->mark == MARK_ECHO || r->kind == SPLIT_ACK)
		return;
	bytes_add_str(out, at->comment ? "# " : "");
	at->left_out += !language_reply(x, r, said, out);
	at->any = true;
	at->told |= r->kind != SPLIT_FRAME;
}

/* Adds that the device closed; it did so later than it said the last, if that is known. */
static void add_lost(const struct exchange *x, const struct entry_at *at, struct bytes *out)
{
	int64_t ms = x->closed_at ? (x->closed_at - x->ended_at) / NS_PER_MS : 0;
	if (ms > 0 && !at->comment)
		bytes_addf(out, ".delay %lldms\n", (long long)ms);
	bytes_add_str(out, "  (lost)\n");
}

/* Adds what else came, and how the exchange ended where that is not seen from its replies. */
static void add_end(const struct exchange *x, struct entry_at *at, struct bytes *out)
{
	bool told = at->told || x->passed || x->status == EXCHANGE_OK ||
		    x->status >= EXCHANGE_UNSOLICITED;
	if (x->stray.len) {
		bytes_add_str(out, at->comment ? "# " : "");
		at->left_out += !language_stray(x, out);
	}
	if (x->status == EXCHANGE_TIMEOUT && !x->tell && !at->any && !x->stray.len)
		bytes_add_str(out, "  (none)\n");
	else if (x->status == EXCHANGE_LOST || (x->closed && !at->comment))
		add_lost(x, at, out);
	else if (!told)
		bytes_addf(out, "# ended as %s\n", exchange_status_name(x->status));
	at->stage = AT_END;
}

static void add_part(
	const struct exchange *x, const struct frame *said, struct entry_at *at, struct bytes *out)
{
	if (at->reply)
		add_reply(x, said, at, out);
	else
		add_end(x, at, out);
}

bool written_next(struct written *w, const struct session *s, const struct exchange *x,
	struct entry_at *at, struct bytes *out)
{
	if (at->stage == AT_HEAD)
		written_head(w, s, x, at, out);
	else
		add_part(x, w->exact && !at->comment ? current(w)->said : NULL, at, out);
	return at->stage != AT_END;
}

void entry_lines(const struct entry *e, struct bytes *out)
{
	struct entry_at at = {0};
	if (e->kind != ENTRY_EXCHANGE || !e->exchange->command)
		return;
	begin_command(e->exchange, &at, out);
	at.reply = e->exchange->replies;
	while (at.stage != AT_END && !e->exchange->passed)
		add_part(e->exchange, NULL, &at, out);
}

bool entry_inject(const struct entry *e, struct bytes *out)
{
	const struct exchange *x = e->kind == ENTRY_EXCHANGE ? e->exchange : NULL;
	if (!x || !x->passed)
		return false;
	bytes_addf(out, ".inject %c%u ", x->command ? '>' : '<', x->link);
	return language_command(x, out);
}
