/* played.c - see played.h. */
#include "cmd/played.h"

#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "play/macros.h"
#include "play/play.h"
#include <stdlib.h>
#include <unistd.h>

struct played {
	struct shell *shell;
	struct play *play;
	char *name;
	struct opened *device;  /* the current one before; NULL: there was none */
	struct loop_timer over; /* it cannot be freed inside its own callback */
};

/* ---- what is shown ---- */

static void print_difference(struct shell *sh, const struct difference *d)
{
	shell_print(sh, UI_ERROR, "  at %s: expected %s, got %s", d->at,
		d->expected ? d->expected : "nothing", d->got ? d->got : "nothing");
}

static void played_on_step(void *owner, const struct step_result *r)
{
	struct played *m = owner;
	struct shell *sh = m->shell;
	shell_raise_status(sh, r->status);
	if (r->status) {
		shell_print(
			sh, UI_ERROR, "not ok %s:%u %.*s", r->file, r->line, SLICE_ARG(r->command));
		for (size_t i = 0; i < r->differences->count; i++)
			print_difference(sh, &r->differences->at[i]);
	}
}

static void played_on_unasked(void *owner, struct session *s, const struct exchange *x, bool listed)
{
	struct played *m = owner;
	(void)s;
	(void)listed;
	if (x->lost)
		shell_raise_status(m->shell, STATUS_DAMAGED);
}

static bool played_on_exchange(void *owner, struct session *s, struct exchange *x)
{
	struct played *m = owner;
	return shell_show_exchange(m->shell, s, x);
}

static void played_on_note(void *owner, const struct session *s, bool warning, struct slice text)
{
	struct played *m = owner;
	struct bytes safe;
	(void)s;
	(void)warning;
	bytes_init(&safe, LIMIT_LINE);
	text_add(&safe, text, TEXT_PLAIN);
	shell_print(m->shell, UI_NOTE, "%.*s", SLICE_ARG(text));
	shell_record_note(m->shell, bytes_slice(&safe));
	bytes_free(&safe);
}

static void played_on_failed(void *owner, enum status status, struct bytes *shown)
{
	struct played *m = owner;
	struct slice rest = bytes_shown(shown), line;
	while (slice_line(&rest, &line))
		m->shell->ui->ops->line(m->shell->ui, UI_ERROR, line);
	shell_raise_status(m->shell, status);
}

static void say_end(struct played *m)
{
	struct bytes said;
	bytes_init(&said, LIMIT_MESSAGE);
	if (play_summary(m->play, &said))
		shell_print(m->shell, UI_NOTE, "%s: %s", m->name, bytes_str(&said));
	bytes_free(&said);
}

static void played_on_end(void *owner, enum status status)
{
	struct played *m = owner;
	(void)status;
	if (m->play) /* else it ended inside of play_go() */
		say_end(m);
	loop_timer_set(&m->over, 0);
}

static void on_over(void *arg)
{
	struct played *m = arg;
	struct shell *sh = m->shell;
	if (m->device && m->device != shell_current(sh))
		shell_use(sh, m->device);
	played_free(sh);
	shell_run_soon(sh);
	shell_refresh(sh);
}

static const struct play_events events = {.step = played_on_step,
	.unasked = played_on_unasked,
	.exchange = played_on_exchange,
	.note = played_on_note,
	.failed = played_on_failed,
	.ended = played_on_end};

/* ---- the devices of the shell ---- */

/* Copies what a session has, for the check, which uses a session of its own. */
static void target_of(struct session *s, struct target *t)
{
	*t = (struct target){.frame = frame_ref(session_frame(s))};
	address_copy(&t->address, session_address(s));
	t->address.settings = *session_settings(s);
	memcpy(t->fields.at, session_fields(s),
		frame_field_count(t->frame) * sizeof t->fields.at[0]);
}

static struct session *find_session(struct shell *sh, struct slice name, struct error *err)
{
	struct shell_device d;
	for (size_t i = 0; name.len && shell_device(sh, i, &d); i++)
		if (slice_is(name, session_name(d.session)))
			return d.session;
	return name.len ? NULL : shell_session(sh, err);
}

static bool played_target(void *owner, struct slice name, const char *instead, struct target *t,
	struct slice *wrong, struct error *err)
{
	struct shell *sh = ((struct played *)owner)->shell;
	struct session *s = find_session(sh, name, err);
	(void)instead;
	*wrong = name;
	if (s)
		target_of(s, t);
	return s || (name.len && context_target(sh->context, name, NAMED_BY_LINE, t, wrong, err));
}

static struct session *played_session(
	void *owner, struct slice name, const char *instead, struct error *err)
{
	struct shell *sh = ((struct played *)owner)->shell;
	struct session *s = find_session(sh, name, err);
	(void)instead;
	if (s || !name.len)
		return s;
	char *text = mem_strn(name.at, name.len);
	s = shell_open(sh, text, name, NAMED_BY_LINE, err) ? shell_now(sh) : NULL;
	free(text);
	return s;
}

static bool played_define(void *owner, struct slice line, struct error *err)
{
	return devices_define(&((struct played *)owner)->shell->context->devices, line, err);
}

static const struct play_host host = {
	.target = played_target, .session = played_session, .define = played_define};

/* ---- its life ---- */

static struct played *played_new(struct shell *sh, struct slice name)
{
	struct played *m = mem_new(sizeof *m);
	m->shell = sh;
	m->name = mem_strn(name.at, name.len);
	m->device = shell_current(sh);
	loop_timer_init(&m->over, sh->loop, on_over, m);
	sh->played = m;
	return m;
}

static struct play_config config_of(struct played *m)
{
	static struct settings nothing_said;
	return (struct play_config){.loop = m->shell->loop,
		.book = m->shell->context->book,
		.verbs = verbs,
		.said = &nothing_said,
		.host = &host,
		.events = &events,
		.owner = m};
}

static bool begin(struct shell *sh, struct play *play)
{
	if (!play) {
		played_free(sh);
		return false;
	}
	sh->played->play = play;
	play_go(play);
	shell_refresh(sh);
	return true;
}

static bool may_start(const struct shell *sh, struct error *err)
{
	return !sh->played ||
	       error_set(err, STATUS_USAGE, "%s is being played: Ctrl-C ends it", sh->played->name);
}

static char *path_of_macro(struct slice name)
{
	char *path = path_named(name), *found;
	bool file = memchr(name.at, '/', name.len) || access(path, F_OK) == 0;
	if (file || !(found = macros_find(name)))
		return path;
	free(path);
	return found;
}

bool played_start(struct shell *sh, struct slice name, const struct slice *args, size_t count,
	struct error *err)
{
	if (!may_start(sh, err))
		return false;
	struct play_config config = config_of(played_new(sh, name));
	config.args = args;
	config.arg_count = count;
	char *path = path_of_macro(name);
	struct play *play = play_new(&config, path, err);
	free(path);
	return begin(sh, play);
}

bool played_text(struct shell *sh, struct slice text, struct error *err)
{
	if (!may_start(sh, err))
		return false;
	struct play_config config = config_of(played_new(sh, SLICE("the loop")));
	config.flags = PLAY_TYPED;
	return begin(sh, play_new_text(&config, text, err));
}

/* ---- lines that are typed up to .end ---- */

/* Says whether a line begins lines that go up to .end, or ends them. */
static int opens(struct slice text)
{
	struct slice word = slice_word(&text), left;
	if (slice_is(word, ".end"))
		return -1;
	if (slice_is(word, ".repeat"))
		return 1;
	if (!slice_is(word, ".every"))
		return 0;
	slice_word(&text);
	left = text;
	word = slice_word(&left);
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] < '0' || word.at[i] > '9')
			return 0;
	return !slice_trim(left).len;
}

bool played_collects(const struct shell *sh)
{
	return sh->lines.len > 0;
}

bool played_will_collect(const struct shell *sh)
{
	int open = sh->lines_open;
	for (const struct queued_line *l = sh->queue.first; l; l = l->next)
		open += opens(slice_str(l->text));
	return open > 0;
}

bool played_collect(struct shell *sh, struct slice text, struct error *err)
{
	bool good = bytes_add(&sh->lines, text) && bytes_add_byte(&sh->lines, '\n');
	if (!good) {
		bytes_clear(&sh->lines);
		sh->lines_open = 0;
		return error_set(err, STATUS_USAGE, "the lines up to .end have more than %d bytes",
			LIMIT_FILE);
	}
	sh->lines_open += opens(text);
	if (sh->lines_open > 0)
		return true;
	good = played_text(sh, bytes_slice(&sh->lines), err);
	bytes_free(&sh->lines);
	sh->lines_open = 0;
	return good;
}

bool played_loop(struct shell *sh, const struct verb *verb, struct slice text, struct error *err)
{
	if (strcmp(verb->name, "end") == 0)
		return error_at(
			err, 0, text.len, "this .end has no .repeat and no .every above it");
	if (sh->ui->interactive && opens(text))
		shell_print(sh, UI_NOTE, "the lines up to .end are run then");
	return played_collect(sh, text, err);
}

bool played_drop(struct shell *sh)
{
	bool any = sh->lines.len > 0;
	bytes_free(&sh->lines);
	sh->lines_open = 0;
	return any;
}

bool played_stop(struct shell *sh)
{
	if (!sh->played)
		return false;
	if (sh->played->play)
		play_stop(sh->played->play);
	return true;
}

void played_free(struct shell *sh)
{
	struct played *m = sh->played;
	if (!m)
		return;
	sh->played = NULL;
	loop_timer_stop(&m->over);
	play_free(m->play);
	free(m->name);
	free(m);
}

bool played_unasked(struct shell *sh, struct session *s, struct exchange *x)
{
	return sh->played && sh->played->play && play_unasked(sh->played->play, s, x);
}

void played_frame(struct shell *sh, struct session *s, const struct exchange *x)
{
	if (sh->played && sh->played->play)
		play_frame(sh->played->play, s, x);
}

void played_state(struct shell *sh)
{
	if (sh->played && sh->played->play)
		play_state(sh->played->play);
}
