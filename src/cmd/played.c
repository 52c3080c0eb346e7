/* played.c - see played.h. */
#include "cmd/played.h"

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "play/macros.h"
#include "play/play.h"
#include <stdlib.h>

/* What a person is asked. */
enum asking { ASKING_NOTHING, ASKING_CONFIRM, ASKING_ARGUMENT, ASKING_SECRET };

struct played {
	struct shell *shell;
	struct play *play;
	char *name;
	char *path;         /* NULL: it has no file, but */
	char *text;         /* these lines, which were typed */
	struct slice *args; /* owned, as are their bytes */
	size_t arg_count;
	const char **given; /* NAME=VALUE: arguments that were asked for; owned */
	size_t given_count;
	enum asking asking;
	struct bytes question; /* or the name of what is missing */
	bool unasked;          /* it cannot be asked at the moment */
	struct opened *device; /* the current one before; NULL: there was none */
	struct play_events events;
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

/* Says whether it was checked, and waits for what it lacks. */
static bool is_missing(const struct played *m)
{
	return m->asking == ASKING_ARGUMENT || m->asking == ASKING_SECRET;
}

static void played_on_failed(void *owner, enum status status, struct bytes *shown)
{
	struct played *m = owner;
	struct slice rest = bytes_shown(shown), line;
	if (is_missing(m))
		return; /* it was only checked, and is played when the answer is there */
	while (slice_line(&rest, &line))
		m->shell->ui->ops->line(m->shell->ui, UI_ERROR, line);
	shell_raise_status(m->shell, status);
}

/* ---- questions ---- */

static void note_question(struct played *m, enum asking asking, struct slice what)
{
	bytes_clear(&m->question);
	bytes_add(&m->question, what);
	m->asking = asking;
}

/* Asks for an argument or a secret that is missing.  The file is checked then, so it ends, and is
 * checked once more with the answer. */
static enum name_is played_ask(
	void *owner, struct slice name, bool secret, struct bytes *out, struct error *err)
{
	struct played *m = owner;
	bool asks = m->shell->ui->ops->ask && m->play && play_checks(m->play);
	enum name_is is = secret ? secret_get(name, out, err) : NAME_UNKNOWN;
	bool missing = secret ? is == NAME_LATER : m->path != NULL;
	if (!asks || !missing)
		return is;
	note_question(m, secret ? ASKING_SECRET : ASKING_ARGUMENT, name);
	error_set(err, STATUS_USAGE, "it is asked for");
	return NAME_FAILED;
}

static bool ask_secret(struct played *m)
{
	struct bytes value;
	struct error err;
	bytes_init(&value, SECRET_MOST);
	enum name_is is = secret_get(bytes_slice(&m->question), &value, &err); /* it is noted */
	if (value.len)
		explicit_bzero(value.at, value.len);
	bytes_free(&value);
	return is == NAME_LATER && m->shell->ui->ops->secret(m->shell->ui);
}

static bool ask_argument(struct played *m)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	bytes_addf(&text, "%s: argument %s:", quote(slice_str(m->name)).text,
		quote(bytes_slice(&m->question)).text);
	bool asked = m->shell->ui->ops->ask(m->shell->ui, bytes_shown(&text), true);
	bytes_free(&text);
	return asked;
}

static void put_question(struct played *m)
{
	if (m->asking == ASKING_SECRET)
		m->unasked = !ask_secret(m);
	else if (m->asking == ASKING_ARGUMENT)
		m->unasked = !ask_argument(m);
	else
		m->unasked =
			!m->shell->ui->ops->ask(m->shell->ui, bytes_slice(&m->question), false);
}

static void played_on_question(void *owner, struct slice question)
{
	struct played *m = owner;
	note_question(m, ASKING_CONFIRM, question);
	put_question(m);
}

void played_asks_again(struct shell *sh)
{
	if (sh->played && sh->played->unasked)
		put_question(sh->played);
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
	if (!is_missing(m))
		say_end(m);
	loop_timer_set(&m->over, 0);
}

/* Frees the run, of which nothing is needed but what it was about. */
static void end_run(struct played *m)
{
	play_free(m->play);
	m->play = NULL;
}

static void leave(struct played *m)
{
	struct shell *sh = m->shell;
	if (m->device && m->device != shell_current(sh))
		shell_use(sh, m->device);
	played_free(sh);
	shell_run_soon(sh);
	shell_refresh(sh);
}

static void on_over(void *arg)
{
	struct played *m = arg;
	if (!is_missing(m)) {
		leave(m);
		return;
	}
	end_run(m);
	put_question(m);
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
	bytes_init(&m->question, LIMIT_LINE);
	loop_timer_init(&m->over, sh->loop, on_over, m);
	sh->played = m;
	return m;
}

/* Plays it, for the first time or with one more answer. */
static bool begin(struct played *m, struct error *err)
{
	static struct settings nothing_said;
	struct play_events told = events;
	if (m->shell->ui->ops->ask)
		told.question = played_on_question;
	m->events = told;
	const struct play_config config = {.loop = m->shell->loop,
		.book = m->shell->context->book,
		.verbs = verbs,
		.said = &nothing_said,
		.vars = m->given,
		.var_count = m->given_count,
		.args = m->args,
		.arg_count = m->arg_count,
		.ask = played_ask,
		.flags = m->path ? 0 : PLAY_TYPED,
		.host = &host,
		.events = &m->events,
		.owner = m};
	struct shell *sh = m->shell;
	m->play = m->path ? play_new(&config, m->path, err)
			  : play_new_text(&config, slice_str(m->text), err);
	if (!m->play) {
		played_free(sh);
		return false;
	}
	play_go(m->play);
	shell_refresh(sh);
	return true;
}

static bool may_start(const struct shell *sh, struct error *err)
{
	return !sh->played ||
	       error_set(err, STATUS_USAGE, "%s is being played: Ctrl-C ends it", sh->played->name);
}

bool played_start(struct shell *sh, struct slice name, const struct slice *args, size_t count,
	struct error *err)
{
	if (!may_start(sh, err))
		return false;
	struct played *m = played_new(sh, name);
	m->args = mem_new((count + 1) * sizeof *m->args);
	for (; m->arg_count < count; m->arg_count++) {
		struct slice arg = args[m->arg_count];
		m->args[m->arg_count] = slice_of(mem_strn(arg.at, arg.len), arg.len);
	}
	m->path = macros_file(name);
	return begin(m, err);
}

bool played_text(struct shell *sh, struct slice text, struct error *err)
{
	if (!may_start(sh, err))
		return false;
	struct played *m = played_new(sh, SLICE("the loop"));
	m->text = mem_strn(text.at, text.len);
	return begin(m, err);
}

static void give_argument(struct played *m, struct slice value)
{
	struct bytes pair;
	bytes_init(&pair, 2 * LIMIT_LINE);
	bytes_add(&pair, bytes_slice(&m->question));
	bytes_add_byte(&pair, '=');
	bytes_add(&pair, value);
	m->given = mem_grow(m->given, m->given_count + 1, sizeof(const char *));
	m->given[m->given_count++] = mem_strn(pair.at, pair.len);
	bytes_free(&pair);
}

void played_answer(struct shell *sh, bool given, struct slice text)
{
	struct played *m = sh->played;
	struct error err;
	enum asking asked = m && !m->unasked ? m->asking : ASKING_NOTHING;
	if (asked == ASKING_NOTHING)
		return;
	m->asking = ASKING_NOTHING;
	if (asked == ASKING_CONFIRM && m->play) {
		play_answer(m->play, given);
		return;
	}
	if (!given) {
		shell_print(sh, UI_NOTE,
			"%s: nothing was sent, because a question was not answered", m->name);
		leave(m);
		return;
	}
	if (asked == ASKING_ARGUMENT)
		give_argument(m, text);
	if (!begin(m, &err)) {
		shell_complain(sh, &err, SLICE(""));
		shell_run_soon(sh);
	}
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
		shell_print(sh, UI_NOTE, "the loop begins when .end is typed");
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
	for (size_t i = 0; i < m->arg_count; i++)
		free((void *)m->args[i].at);
	for (size_t i = 0; i < m->given_count; i++)
		free((void *)m->given[i]);
	free(m->args);
	free(m->given);
	bytes_free(&m->question);
	free(m->path);
	free(m->text);
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
