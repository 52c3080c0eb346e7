/* play.c - the walk through a file: first to check it, then to run it. */
#include "play/play_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"

static void on_timer(void *arg)
{
	struct play *p = arg;
	step_timer(p);
	play_advance(p);
}

/* Copies the arguments, because the file may be read again long after the call. */
static void keep_arguments(struct play *p)
{
	struct slice *args = mem_new((p->config.arg_count + 1) * sizeof *args);
	for (size_t i = 0; i < p->config.arg_count; i++) {
		struct slice arg = p->config.args[i];
		args[i] = slice_of(mem_strn(arg.at, arg.len), arg.len);
	}
	p->config.args = args;
}

static struct play *play_begin(
	const struct play_config *config, struct source *source, struct error *err)
{
	struct play *p = mem_new(sizeof *p);
	p->config = *config;
	keep_arguments(p);
	p->instead_used = mem_new((config->instead_count + 1) * sizeof(bool));
	order_init(&p->order);
	order_init(&p->side);
	expected_init(&p->expected);
	condition_init(&p->condition);
	bytes_init(&p->scratch, LIMIT_WIRE);
	bytes_init(&p->step.block.text, LIMIT_FILE + LIMIT_LINE);
	settings_init(&p->settings);
	loop_timer_init(&p->timer, config->loop, on_timer, p);
	if (macro_push(p, source, false, err) && macro_args(p, err) && macro_vars(p, err))
		return p;
	play_free(p);
	return NULL;
}

struct play *play_new(const struct play_config *config, const char *path, struct error *err)
{
	return play_begin(config, source_open(path, config->flags & PLAY_STREAM, err), err);
}

struct play *play_new_text(const struct play_config *config, struct slice text, struct error *err)
{
	return play_begin(config, source_text(text, err), err);
}

void play_free(struct play *p)
{
	if (!p)
		return;
	p->ended = true;
	loop_timer_stop(&p->timer);
	for (size_t i = 0; i < p->device_count; i++)
		if (p->devices[i]->ours)
			session_tell_rest(p->devices[i]->session);
	step_forget(p);
	when_forget(p);
	devices_close(p);
	while (p->macro)
		macro_pop(p);
	order_free(&p->order);
	order_free(&p->side);
	expected_free(&p->expected);
	condition_free(&p->condition);
	bytes_free(&p->scratch);
	for (size_t i = 0; i < p->config.arg_count; i++)
		free((void *)p->config.args[i].at);
	free((void *)p->config.args);
	free(p->instead_used);
	free(p);
}

bool play_summary(const struct play *p, struct bytes *out)
{
	unsigned long long over = p->counts.over, bad = p->counts.bad;
	if (!p->counts.steps)
		return false;
	if (bad)
		bytes_addf(out, "%llu of %llu step%s %s not hold", bad, over, plural(over),
			bad == 1 ? "does" : "do");
	else if (over)
		bytes_addf(out,
			over == 1 ? "%llu step, which holds" : "%llu steps, all of which hold",
			over);
	else
		bytes_add_str(out, "no step has ended");
	bytes_add_str(out, p->stopped ? "; it was stopped before its end" : "");
	return true;
}

void play_raise(struct play *p, enum status status)
{
	if (status > p->status)
		p->status = status;
}

void play_end(struct play *p, enum status status)
{
	if (p->ended)
		return;
	play_raise(p, status);
	p->ended = true;
	loop_timer_stop(&p->timer);
	step_leave(p);
	p->config.events->ended(p->config.owner, p->status);
}

bool play_give_unasked(const struct play *p, struct session *s, struct exchange *x, bool listed)
{
	if (p->config.events->unasked)
		p->config.events->unasked(p->config.owner, s, x, listed);
	return play_give(p, s, x);
}

void play_note(const struct play *p, const struct session *s, bool warning, struct slice text)
{
	if (p->config.events->note)
		p->config.events->note(p->config.owner, s, warning, text);
}

void play_stop(struct play *p)
{
	p->stopped |= !p->ended;
	play_end(p, STATUS_OK);
	for (size_t i = 0; i < p->device_count; i++)
		session_cancel(p->devices[i]->session);
}

bool play_checks(const struct play *p)
{
	return p->checking;
}

void play_answer(struct play *p, bool yes)
{
	if (!p->asked || p->ended)
		return;
	p->asked = false;
	p->stopped |= !yes;
	if (yes)
		play_advance(p);
	else
		play_end(p, STATUS_INTERRUPT);
}

bool play_place(const struct order *o, struct error *err)
{
	err->column = err->placed ? err->column + o->rest_at : o->rest_at;
	err->width = err->placed ? err->width : o->rest.len;
	err->placed = true;
	return false;
}

bool play_outside(const struct play *p, unsigned line)
{
	const struct play_config *c = &p->config;
	return !p->macro->caller && (line < c->from || (c->to && line > c->to));
}

bool play_passes(const struct play *p, unsigned line)
{
	return !p->checking && play_outside(p, line);
}

struct reading play_reading(const struct play *p)
{
	return (struct reading){.verbs = p->config.verbs,
		.place = p->config.flags & PLAY_TYPED ? PLACE_PLAY | PLACE_PROMPT : PLACE_PLAY,
		.flags = p->checking ? 0 : ORDER_CHECKED,
		.names = &p->macro->vars->names,
		.frame = p->current ? session_frame(p->current->session) : p->frame};
}

/* Says where the macro was called; a person has to know both places. */
static void add_callers(const struct play *p, struct bytes *shown)
{
	for (const struct macro *m = p->macro; m->caller; m = m->caller)
		bytes_addf(shown, "  called at %s:%u\n",
			quote(slice_str(source_name(m->caller->source))).text, m->called);
}

void play_complain(struct play *p, struct error *err, struct slice text, unsigned line)
{
	struct bytes shown;
	bytes_init(&shown, LIMIT_MESSAGE);
	if (!err->placed)
		err->column = 0;
	err->placed = true;
	error_show_line(err, source_name(p->macro->source), line, text.len ? text : SLICE(" "),
		text_locale_utf8(), &shown);
	add_callers(p, &shown);
	p->config.events->failed(p->config.owner, err->status, &shown);
	bytes_free(&shown);
	play_end(p, err->status);
}

/* ---- one line after the other ---- */

/* Says whether the command line asks only for what the file has. */
static bool is_as_asked(const struct play *p, struct error *err)
{
	const struct play_config *c = &p->config;
	if ((c->from || c->to) && !p->chosen)
		return error_set(
			err, STATUS_USAGE, "there is no command in the lines of --from and --to");
	return devices_as_asked(p, err);
}

static bool begin_run(struct play *p)
{
	struct error err;
	bool as_asked = is_as_asked(p, &err);
	p->checking = false;
	when_forget(p);
	devices_close(p);
	if (!as_asked) {
		play_complain(p, &err, SLICE(""), 1);
		return true;
	}
	if (p->config.flags & (PLAY_CHECK | PLAY_DRY)) {
		play_end(p, STATUS_OK);
		return true;
	}
	if (source_changed(p->macro->source)) {
		error_set(&err, STATUS_USAGE, "the file was changed while it was checked");
		play_complain(p, &err, SLICE(""), 1);
		return true;
	}
	source_rewind(p->macro->source);
	variables_clear(p->macro->vars);
	if (!macro_vars(p, &err))
		play_complain(p, &err, SLICE(""), 1);
	return true;
}

/* A loop or a .retry at the end of a file lacks what belongs to it. */
static bool is_whole(struct play *p, struct error *err, unsigned *line)
{
	const struct macro *m = p->macro;
	*line = p->retry.line;
	if (p->retry.line)
		return error_set(err, STATUS_USAGE, ".retry has no command below it");
	if (!m->loop_count && !p->skip_ends)
		return true;
	*line = m->loop_count ? m->loops[m->loop_count - 1].head.line : source_here(m->source).line;
	return error_set(err, STATUS_USAGE, "this loop has no .end below it");
}

static APART bool file_over(struct play *p)
{
	struct error err;
	unsigned line;
	if (!is_whole(p, &err, &line)) {
		play_complain(p, &err, SLICE(""), line);
		return true;
	}
	p->skipping = false;
	if (!p->macro->caller && p->when_pending)
		return false; /* what .when sent is answered first */
	if (p->macro->caller)
		macro_pop(p);
	else if (p->checking)
		return begin_run(p);
	else
		play_end(p, STATUS_OK);
	return true;
}

/* Waits at the top of a file, or between commands: first for the line, because a board that
 * restarts when its port is opened needs that time before the first command. */
static APART enum went run_wait(struct play *p, const struct order *o, struct error *err)
{
	int64_t ns;
	if (!order_duration(o->rest, o->verb, &p->macro->vars->names, &ns, err)) {
		play_place(o, err);
		return WENT_WRONG;
	}
	if (!device_current(p, err))
		return WENT_WRONG;
	if (p->checking || play_passes(p, source_here(p->macro->source).line))
		return WENT_ON;
	p->wait = ns;
	p->held = session_state(p->current->session) != SESSION_OPEN;
	if (p->held)
		session_open(p->current->session);
	else
		loop_timer_set(&p->timer, ns);
	return WENT_WAITS;
}

/* What stands below these is what only a device says. */
static bool is_talk(const struct play *p, const struct order *o)
{
	return (o->kind == ORDER_GREETING && !greeted_is(p, o)) || o->kind == ORDER_ELSE;
}

/* Says whether the last step was over a moment ago: its session is just telling so, and takes no
 * other frame until that is done. */
static bool is_telling(const struct play *p)
{
	return !p->checking && p->current && session_is_telling(p->current->session);
}

/* Reads the line once more, from the loop. */
static enum went put_off(struct play *p)
{
	source_unread(p->macro->source);
	loop_timer_set(&p->timer, 0);
	return WENT_WAITS;
}

static enum went run_kind(struct play *p, const struct order *o, struct error *err)
{
	switch (o->kind) {
	case ORDER_SEND:
		return step_begin(p, err);
	case ORDER_GREETING:
		return greeted_is(p, o) ? step_begin(p, err) : WENT_ON;
	case ORDER_WAIT:
		return run_wait(p, o, err);
	case ORDER_REPLY:
		error_at(err, 0, o->rest_at, "this reply has no command above it");
		return p->skipping ? WENT_ON : WENT_WRONG;
	case ORDER_DELAY:
		error_at(err, 0, o->rest_at, ".delay must come after a command and before a reply");
		return WENT_WRONG;
	case ORDER_VERB:
		return is_telling(p) ? put_off(p) : verbs_run(p, o, err);
	case ORDER_MACRO:
		return verbs_run(p, o, err);
	case ORDER_ON: /* only a device does something with what stands up to .end */
		p->skip_ends = 1;
		return WENT_ON;
	default:
		return WENT_ON;
	}
}

/* .retry stands above the command that it is for. */
static bool retry_fits(const struct play *p, const struct order *o, struct error *err)
{
	return !p->retry.line || o->kind == ORDER_SEND || o->kind == ORDER_NOTHING ||
	       error_at(err, 0, o->rest_at, "behind .retry the command to repeat is missing");
}

static enum went run_order(struct play *p, const struct order *o, struct error *err)
{
	enum block_kind kind;
	bool send = o->kind == ORDER_SEND;
	bool below = send ? o->now : o->kind == ORDER_REPLY || verbs_in_block(o, &kind);
	if (o->kind != ORDER_NOTHING && !(below && p->skipping))
		p->skipping = is_talk(p, o);
	if (below && p->skipping)
		return WENT_ON;
	if (!retry_fits(p, o, err))
		return WENT_WRONG;
	return run_kind(p, o, err);
}

static bool begins_lines(const struct order *o)
{
	return o->verb &&
	       (strcmp(o->verb->name, "repeat") == 0 || strcmp(o->verb->name, "on") == 0 ||
		       strcmp(o->verb->name, "every") == 0);
}

/* Passes over what only a device does, up to its .end. */
static enum went pass_over(struct play *p, const struct order *o)
{
	if (o->verb && strcmp(o->verb->name, "end") == 0)
		p->skip_ends--;
	else
		p->skip_ends += begins_lines(o);
	return WENT_ON;
}

/* Says whether the wait at the top is over. */
static bool wait_over(struct play *p)
{
	if (p->held) {
		enum session_state state = session_state(p->current->session);
		if (state != SESSION_OPEN && state != SESSION_CLOSED)
			return false;
		p->held = false;
		loop_timer_set(&p->timer, p->wait);
	}
	return !loop_timer_running(&p->timer);
}

/* Many macros that call each other many times would take for ever. */
static bool count_checked(struct play *p, struct error *err)
{
	enum { CHECKED_MAX = 10 * 1000 * 1000 };
	return !p->checking || ++p->checked <= CHECKED_MAX ||
	       error_set(err, STATUS_USAGE,
		       "macros that call each other have more than %d lines in all", CHECKED_MAX);
}

static APART bool read_order(struct play *p, struct slice text, struct error *err)
{
	const struct reading reading = play_reading(p);
	return order_read(&p->order, text, &reading, err);
}

/* Reads the line once more when the device is known for which it is: the one to use where the file
 * opens none. */
static APART bool read_for_device(struct play *p, struct slice text, bool good, struct error *err)
{
	struct error unknown;
	if (good && p->order.kind != ORDER_SEND)
		return true;
	return device_current(p, good ? err : &unknown) && read_order(p, text, err);
}

/* Says whether the line is a command that is nothing but its text: most are. */
static bool is_plain_command(const struct play *p, struct slice text)
{
	bool bytes = !p->current || frame_rules(session_frame(p->current->session))->bin;
	return text.len && !bytes && text.at[0] > ' ' && text.at[0] != '.' && text.at[0] != '#' &&
	       !is_blank(text.at[text.len - 1]) && !memchr(text.at, '\\', text.len) &&
	       !(p->config.flags & PLAY_TYPED);
}

static enum went run_text(struct play *p, struct slice text, struct error *err)
{
	bool good = true;
	if (!count_checked(p, err))
		return WENT_WRONG;
	if (p->config.from && !play_outside(p, source_here(p->macro->source).line))
		variables_forget_passed(p->macro->vars);
	if (is_plain_command(p, text) && (!p->checking || order_check_bytes(text, err)))
		order_plain(&p->order, text);
	else
		good = read_order(p, text, err);
	if (!p->current)
		good = read_for_device(p, text, good, err);
	if (!good)
		return WENT_WRONG;
	return p->skip_ends ? pass_over(p, &p->order) : run_order(p, &p->order, err);
}

static bool play_next(struct play *p)
{
	MEM_UNSET struct error err;
	struct slice text;
	enum went went = WENT_WRONG;
	if (p->asked || !wait_over(p))
		return false;
	if (p->macro->loop_count && lines_single_over(p))
		return true;
	const struct macro *m = p->macro;
	enum source_state state = source_next(m->source, &text, &err);
	if (state == SOURCE_END)
		return file_over(p);
	unsigned line = source_here(m->source).line;
	p->text = text;
	if (state == SOURCE_LINE)
		went = run_text(p, text, &err);
	if (went == WENT_WRONG && !p->ended)
		play_complain(p, &err, p->text, line);
	return went != WENT_WAITS || step_may_walk(&p->step);
}

void play_advance(struct play *p)
{
	if (p->running)
		return;
	p->running = true;
	while (!p->ended && (p->step.active ? step_walk(p) : play_next(p)))
		;
	p->running = false;
}

void play_go(struct play *p)
{
	p->checking = true;
	play_advance(p);
}
