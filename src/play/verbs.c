/* verbs.c - the lines of a macro that are no commands to a device. */
#include "play/play_private.h"

#include "base/number.h"
#include <stdio.h>

/* Splits the arguments; false: there are fewer than `least`, or more than `most`. */
static int verb_args(struct play *p, const struct order *o, struct bytes *store, struct slice *args,
	int least, int most, struct error *err)
{
	int count = args_split(o->rest, p->names, store, args, most, err);
	if (count >= 0 && count < least) {
		error_at(err, 0, o->rest.len, ".%s needs %s", o->verb->name, o->verb->args);
		return -1;
	}
	return count;
}

static bool run_named(struct play *p, const struct order *o,
	bool (*run)(struct play *p, struct slice name, struct error *err), struct error *err)
{
	struct slice args[1];
	struct bytes store;
	bytes_init(&store, LIMIT_LINE);
	bool good = verb_args(p, o, &store, args, 1, 1, err) == 1 && run(p, args[0], err);
	bytes_free(&store);
	return good;
}

static bool run_open(struct play *p, const struct order *o, struct error *err)
{
	/* Without a name it opens the line of the current device, which happens anyway. */
	return slice_trim(o->rest).len ? run_named(p, o, device_open, err)
				       : device_current(p, err) != NULL;
}

static bool run_use(struct play *p, const struct order *o, struct error *err)
{
	return run_named(p, o, device_use, err);
}

static bool run_frame(struct play *p, const struct order *o, struct error *err)
{
	struct slice text = slice_trim(o->rest);
	if (!text.len)
		return error_at(err, 0, 0, ".frame needs NAME, NOTATION or NAME = NOTATION");
	return device_frame(p, o->rest, err);
}

static bool run_set(struct play *p, const struct order *o, struct error *err)
{
	return device_set(p, slice_trim(o->rest), err);
}

static bool run_note(struct play *p, const struct order *o, struct error *err)
{
	struct slice text = slice_trim(o->rest);
	if (!text.len)
		return error_at(err, 0, 0, ".note needs a text");
	if (!p->checking)
		p->config.events->note(p->config.owner, NULL, false, text);
	return true;
}

/* What a verb does in a macro.  The verbs that may stand there and are not here do nothing. */
static const struct verb_run {
	const char *name;
	bool (*run)(struct play *p, const struct order *o, struct error *err);
} runs[] = {
	{"frame", run_frame},
	{"note", run_note},
	{"open", run_open},
	{"set", run_set},
	{"use", run_use},
};

enum went verbs_run(struct play *p, const struct order *o, struct error *err)
{
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
		if (strcmp(runs[i].name, o->verb->name) == 0) {
			bool good = runs[i].run(p, o, err) || play_place(o, err);
			return good ? WENT_ON : WENT_WRONG;
		}
	return WENT_ON;
}
