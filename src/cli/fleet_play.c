/* fleet_play.c - wilco fleet TARGETS --play MACRO: plays a macro with each device, and says of each
 * whether it holds. */
#include "cli/fleet.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/differ.h"
#include "cli/out.h"
#include "play/play.h"
#include <stdlib.h>

struct fleet_plays {
	struct cli *cli;
	struct fleet_list *list;
	char *path;
	bool checking;
	enum status status;
};

/* One device's play. */
struct fleet_play {
	struct fleet_plays *plays;
	size_t target;
	uint64_t round; /* 0: there are none */
	void *member;   /* of the fleet; NULL: it is only checked */
	char *name;
	const char *instead[1];
	struct context context; /* what the macro defines ends with it */
	struct play *play;
	struct bytes first; /* about the first step that does not hold */
	bool over, stopped;
	enum status status;
};

/* ---- events ---- */

static void fleet_play_on_step(void *owner, const struct step_result *r)
{
	struct fleet_play *f = owner;
	if (r->status && !f->first.len)
		step_summary(r, &f->first);
	if (out_objects())
		out_step(r, f->round);
}

static void fleet_play_on_note(
	void *owner, const struct session *s, bool warning, struct slice text)
{
	const struct fleet_play *f = owner;
	(void)s;
	if (!f->plays->checking && (warning || f->plays->cli->options.verbose))
		cli_note(f->plays->cli, "%s: %.*s", f->name, SLICE_ARG(text));
}

static void fleet_play_on_failed(void *owner, enum status status, struct bytes *shown)
{
	struct fleet_play *f = owner;
	f->status = status > f->status ? status : f->status;
	cli_shown(shown, status);
}

/* Returns what a verdict is among the ways in which targets end. */
static enum exchange_status ended_as(const struct fleet_play *f)
{
	switch (f->status) {
	case STATUS_OK:
		return f->stopped ? EXCHANGE_CANCELLED : EXCHANGE_OK;
	case STATUS_DIFFERS:
		return EXCHANGE_MISMATCH;
	case STATUS_CONNECT:
		return EXCHANGE_CONNECT;
	case STATUS_REPLY:
		return EXCHANGE_LOST;
	case STATUS_DAMAGED:
		return EXCHANGE_DAMAGED;
	default:
		return EXCHANGE_REFUSED;
	}
}

static void verdict_line(const struct output *output, const void *arg)
{
	const struct fleet_play *f = arg;
	struct bytes *out = out_begin();
	(void)output;
	text_add(out, slice_str(f->name), TEXT_PLAIN | out_spelling());
	bytes_addf(out, "\t%s", exchange_status_name(ended_as(f)));
	if (f->first.len)
		bytes_add_str(out, "\t");
	bytes_add(out, bytes_slice(&f->first));
	out_end();
}

static void fleet_play_on_end(void *owner, enum status status)
{
	struct fleet_play *f = owner;
	f->over = true;
	f->status = status > f->status ? status : f->status;
	if (!f->member)
		return;
	out_result(&(struct result){verdict_line, NULL, f});
	if (f->status > f->plays->status)
		f->plays->status = f->status;
	fleet_job_over(f->member, ended_as(f));
}

static const struct play_events fleet_play_events = {.step = fleet_play_on_step,
	.note = fleet_play_on_note,
	.failed = fleet_play_on_failed,
	.ended = fleet_play_on_end};

/* Whatever the macro calls its device: it is this target. */
static bool fleet_play_target(void *owner, struct slice name, const char *instead, struct target *t,
	struct slice *wrong, struct error *err)
{
	const struct fleet_play *f = owner;
	(void)instead;
	*wrong = name;
	return fleet_list_target(f->plays->list, f->target, t, err);
}

static bool fleet_play_define(void *owner, struct slice line, struct error *err)
{
	struct fleet_play *f = owner;
	return devices_define(&f->context.devices, line, err);
}

static const struct play_host fleet_play_host = {
	.target = fleet_play_target, .define = fleet_play_define};

/* ---- one device ---- */

static unsigned flags_of(const struct fleet_plays *p)
{
	const struct options *o = &p->cli->options;
	return (o->keep_going ? PLAY_KEEP_GOING : 0u) | (o->strict ? PLAY_STRICT : 0u) |
	       (o->frame ? PLAY_FRAMED : 0u) | (p->checking ? PLAY_CHECK : 0u);
}

static struct play *open_play(struct fleet_play *f, struct error *err)
{
	const struct cli *cli = f->plays->cli;
	const struct play_config config = {.loop = cli->loop,
		.book = f->context.book,
		.verbs = verbs,
		.said = &cli->context->said,
		.instead = f->instead,
		.instead_count = 1,
		.vars = cli->options.vars.at,
		.var_count = cli->options.vars.count,
		.flags = flags_of(f->plays),
		.host = &fleet_play_host,
		.events = &fleet_play_events,
		.owner = f};
	return play_new(&config, f->plays->path, err);
}

void *fleet_play_new(struct fleet_plays *p, size_t target, uint64_t round, void *member)
{
	struct fleet_play *f = mem_new(sizeof *f);
	struct slice name = targets_name(&p->list->targets, target);
	f->plays = p;
	f->target = target;
	f->round = round;
	f->member = member;
	f->name = mem_strn(name.at, name.len);
	f->instead[0] = f->name;
	f->context = *p->cli->context;
	f->context.book = frame_book_over(p->cli->context->book);
	f->context.devices = (struct devices){.below = &p->cli->context->devices};
	bytes_init(&f->first, LIMIT_MESSAGE);
	return f;
}

void fleet_play_run(void *job)
{
	struct fleet_play *f = job;
	struct error err;
	f->play = open_play(f, &err);
	if (f->play)
		play_go(f->play);
	else
		fleet_play_on_end(f, cli_error(&err, SLICE("")));
}

void fleet_play_stop(void *job)
{
	struct fleet_play *f = job;
	f->stopped = true;
	if (f->play)
		play_stop(f->play);
}

void fleet_play_free(void *job)
{
	struct fleet_play *f = job;
	play_free(f->play);
	frame_book_free(f->context.book);
	devices_free(&f->context.devices);
	bytes_free(&f->first);
	free(f->name);
	free(f);
}

/* ---- all of them ---- */

/* Checks the macro for one target, which its frame may not suit. */
static bool check_play(struct fleet_plays *p, size_t target)
{
	struct fleet_play *f = fleet_play_new(p, target, 0, NULL);
	fleet_play_run(f);
	bool good = f->over && f->status == STATUS_OK;
	fleet_play_free(f);
	return good;
}

struct fleet_plays *fleet_plays_open(struct cli *cli, struct fleet_list *l, const char *macro)
{
	struct fleet_plays *p = mem_new(sizeof *p);
	p->cli = cli;
	p->list = l;
	p->path = cli_macro_path(macro);
	p->checking = true;
	bool good = true;
	for (size_t i = 0; good && i < l->targets.count; i++)
		good = check_play(p, i);
	p->checking = false;
	if (good)
		return p;
	fleet_plays_close(p);
	return NULL;
}

void fleet_plays_close(struct fleet_plays *p)
{
	if (!p)
		return;
	free(p->path);
	free(p);
}

enum status fleet_plays_status(const struct fleet_plays *p)
{
	return p->status;
}
