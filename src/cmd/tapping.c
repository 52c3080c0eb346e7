/* tapping.c - see tapping.h. */
#include "cmd/tapping.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "macro/fault.h"
#include "session/log.h"
#include <stdio.h>
#include <stdlib.h>

struct tapping {
	struct target target;
	struct loop *loop;
	const char *device; /* its name, as it was given */
	struct tap *tap;
	struct log *log; /* NULL: there is none */
	uint64_t seed;   /* of the faults */
	const struct tapping_events *events;
	void *owner;
};

/* ---- the log ---- */

/* Says whose the next lines of the log are. */
static struct log *log_of(struct tapping *t, struct tap_link *l)
{
	if (t->log)
		log_use(t->log, l ? l->mine : NULL);
	return t->log;
}

static void begin_line(void *arg, struct tap_link *l)
{
	struct tapping *t = arg;
	l->mine = log_line_new(t->log, l->lane);
	if (l->device && log_of(t, l))
		log_connected(t->log, l->device);
}

static void end_line(void *arg, struct tap_link *l)
{
	(void)arg;
	log_line_free(l->mine);
	l->mine = NULL;
}

static bool close_log(struct tapping *t, struct error *err)
{
	struct log *log = log_of(t, NULL);
	if (t->tap)
		tap_each(t->tap, end_line, NULL);
	t->log = NULL;
	return log_close(log, err);
}

static void write_log(struct tapping *t)
{
	MEM_UNSET struct error err, ignored;
	if (!t->log || log_flush(t->log, &err))
		return;
	close_log(t, &ignored);
	t->events->log_failed(t->owner, &err);
}

bool tapping_log(struct tapping *t, const char *name, const char *capture, struct error *err)
{
	bool logs = name || capture;
	struct log *log =
		logs ? log_open(t->loop, name, capture, t->device, &t->target.address, err) : NULL;
	if ((logs && !log) || !close_log(t, err))
		return log_close(log, &(struct error){0}) && false;
	t->log = log;
	if (log)
		tap_each(t->tap, begin_line, t);
	return true;
}

const char *tapping_log_path(const struct tapping *t, size_t index)
{
	return t->log ? log_path(t->log, index) : NULL;
}

bool tapping_reopen_log(struct tapping *t)
{
	if (t->log)
		log_reopen(t->log);
	return t->log;
}

/* ---- what the tap tells ---- */

static void tapping_on_note(void *owner, struct tap_link *l, bool warning, const char *text)
{
	struct tapping *t = owner;
	if (log_of(t, l))
		log_note(t->log, text);
	t->events->note(t->owner, l, warning, text);
}

static void tapping_on_called(void *owner, struct tap_link *l)
{
	struct tapping *t = owner;
	char text[ERROR_WHAT_MAX];
	if (t->log)
		begin_line(t, l);
	snprintf(text, sizeof text, "called by %s", quote(slice_str(l->program)).text);
	tapping_on_note(owner, l, !tap_is_port(t->tap), text);
}

static void tapping_on_opened(void *owner, struct tap_link *l)
{
	struct tapping *t = owner;
	if (log_of(t, l))
		log_connected(t->log, l->device);
}

static void tapping_on_bytes(
	void *owner, struct tap_link *l, enum tap_side from, struct slice bytes)
{
	struct tapping *t = owner;
	if (log_of(t, l))
		log_bytes(t->log, from == TAP_PROGRAM, bytes, frame_rules(t->target.frame)->bin);
}

static void tapping_on_frame(void *owner, struct tap_link *l, enum tap_side from,
	struct split_event *e, const char *fault)
{
	struct tapping *t = owner;
	if (fault && log_of(t, l))
		log_note(t->log, fault);
	t->events->frame(t->owner, l, from, e, fault);
	write_log(t);
}

static bool tapping_on_holds(
	void *owner, struct tap_link *l, enum tap_side from, const struct split_event *e)
{
	struct tapping *t = owner;
	return t->events->holds(t->owner, l, from, e);
}

static void tapping_on_held(void *owner, struct tap_link *l, enum tap_side from,
	const struct split_event *e, uint64_t number)
{
	struct tapping *t = owner;
	t->events->held(t->owner, l, from, e, number);
}

static void tapping_on_exchange(void *owner, struct tap_link *l, struct exchange *x)
{
	struct tapping *t = owner;
	t->events->exchange(t->owner, l, x);
}

static void tapping_on_ended(void *owner, struct tap_link *l, enum tap_side side, bool broke)
{
	struct tapping *t = owner;
	if (log_of(t, l))
		log_side_ended(t->log, side == TAP_PROGRAM, broke);
}

static void tapping_on_closed(void *owner, struct tap_link *l)
{
	struct tapping *t = owner;
	t->events->closed(t->owner, l);
	if (log_of(t, l))
		log_disconnected(t->log);
	log_of(t, NULL);
	end_line(t, l);
	write_log(t);
}

static void tapping_on_failed(void *owner, const struct error *err)
{
	struct tapping *t = owner;
	t->events->failed(t->owner, err);
}

#define TAPPING_EVENTS                                                                       \
	.called = tapping_on_called, .opened = tapping_on_opened, .bytes = tapping_on_bytes, \
	.frame = tapping_on_frame, .ended = tapping_on_ended, .closed = tapping_on_closed,   \
	.note = tapping_on_note, .holds = tapping_on_holds, .held = tapping_on_held,         \
	.failed = tapping_on_failed
static const struct tap_events unpaired = {TAPPING_EVENTS};
static const struct tap_events paired = {TAPPING_EVENTS, .exchange = tapping_on_exchange};

void tapping_learn(struct session *s, const struct exchange *x)
{
	struct error ignored;
	if (x->status == EXCHANGE_GREETING &&
		!frame_greets(x->frame)) /* so that it is waited for */
		session_set(s, SLICE("greet"), SLICE("1s"), &ignored);
}

static void add_side(
	const struct tap_counts *c, enum tap_side side, const char *mark, struct bytes *out)
{
	bytes_addf(out, "; %s %llu frame%s, %llu byte%s", mark, (unsigned long long)c->frames[side],
		plural(c->frames[side]), (unsigned long long)c->bytes[side],
		plural(c->bytes[side]));
	if (c->broken[side])
		bytes_addf(out, ", %llu broken", (unsigned long long)c->broken[side]);
}

void tapping_summary(const struct tap_counts *c, struct bytes *out)
{
	bytes_addf(out, "%llu connection%s", (unsigned long long)c->links, plural(c->links));
	add_side(c, TAP_PROGRAM, ">", out);
	add_side(c, TAP_DEVICE, "<", out);
}

/* ---- beginning and end ---- */

/* A tap adds no boundaries to a stream, and takes none away. */
static bool goes_together(const struct address *at, const struct address *device, struct error *err)
{
	return address_datagrams(at) == address_datagrams(device) ||
	       error_set(err, STATUS_USAGE,
		       "a tap has datagrams (udp://) at both ends, or at none of them");
}

/* What wilco listens at, see server.c. */
static const char *numeric(const char *host)
{
	return strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
}

static bool is_everywhere(const char *host)
{
	return !*host || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

static bool is_here(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
}

/* Says whether who calls the device calls the tap, which would then connect to itself until there
 * are no descriptors left.  Only what the addresses say counts: other names may lead anywhere. */
static bool calls_itself(const struct address *at, const struct address *device)
{
	const char *listen = numeric(at->host), *to = numeric(device->host);
	if (at->port != device->port || !(address_resolves(device) || address_is_local(device)))
		return false;
	return (*to && strcmp(listen, to) == 0) || (is_everywhere(listen) && is_here(to));
}

static bool is_between(
	const struct address *at, const struct address *device, const char *name, struct error *err)
{
	return !calls_itself(at, device) ||
	       error_set(err, STATUS_USAGE,
		       "the tap would call itself: %s is where it listens; LISTEN is an address of "
		       "its own, which programs call instead of the device",
		       quote(slice_str(name)).text);
}

static bool read_idle_limit(
	const struct options *o, const struct address *at, int64_t *limit, struct error *err)
{
	if (o->idle_limit && !address_datagrams(at))
		return error_set(err, STATUS_USAGE,
			"--idle-limit is for datagrams (udp://), which have no end of their own");
	return options_idle_limit(o, limit, err);
}

/* Finds the device.  Without a frame what each side says in one go is a frame. */
static bool find_device(
	struct tapping *t, const struct context *c, struct slice *wrong, struct error *err)
{
	struct slice device = slice_str(t->device);
	if (!context_target(c, device, NAMED_BY_ARGUMENT, &t->target, wrong, err))
		return false;
	*wrong = SLICE("");
	if (!t->target.default_frame)
		return true;
	frame_unref(t->target.frame);
	t->target.frame = frame_find(c->book, SLICE("raw"), err);
	return t->target.frame != NULL;
}

/* ---- faults ---- */

static bool parse_toward(const char *text, enum tap_side *toward, struct error *err)
{
	*toward = strcmp(text, "device") == 0 ? TAP_DEVICE : TAP_PROGRAM;
	return *toward == TAP_DEVICE || strcmp(text, "program") == 0 ||
	       error_set(err, STATUS_USAGE, "--toward is program or device, not '%s'",
		       quote(slice_str(text)).text);
}

/* Reads one --fault with its --toward, and gives it to the tap (NULL: only reads it). */
static bool take_fault(
	struct tap *tap, const char *text, const char *at, struct slice *wrong, struct error *err)
{
	enum tap_side toward;
	struct fault fault;
	if (!parse_toward(at, &toward, err))
		return false;
	*wrong = slice_str(text);
	if (tap ? !tap_fault(tap, toward, *wrong, err) : !fault_parse(*wrong, NULL, &fault, err))
		return false;
	*wrong = SLICE("");
	return true;
}

/* Checks the faults, and gives them to the tap as soon as there is one. */
static bool take_faults(
	struct tapping *t, const struct options *o, struct slice *wrong, struct error *err)
{
	const struct option_list *faults = &o->faults, *toward = &o->toward;
	if (!options_seed(o, &t->seed, err))
		return false;
	if (!faults->count && (toward->count || o->seed))
		return error_set(err, STATUS_USAGE, "--%s is about faults, and there is no --fault",
			o->seed ? "seed" : "toward");
	if (faults->count && toward->count != 1 && toward->count != faults->count)
		return error_set(err, STATUS_USAGE,
			"--fault needs --toward program or device, one for all or one for each");
	for (size_t i = 0; i < faults->count; i++)
		if (!take_fault(t->tap, faults->at[i], toward->at[toward->count > 1 ? i : 0], wrong,
			    err))
			return false;
	if (t->tap)
		tap_seed(t->tap, t->seed);
	return true;
}

/* Finds where to listen, opens the log, and listens. */
static bool begin(struct tapping *t, struct loop *loop, const struct context *c, const char *at,
	struct slice *wrong, struct error *err)
{
	const struct options *o = &c->options;
	struct address listen;
	int64_t idle_limit = 0;
	if (!take_faults(t, o, wrong, err) || !find_device(t, c, wrong, err))
		return false;
	*wrong = slice_str(at);
	if (!address_parse_local(*wrong, o->port, &listen, err))
		return false;
	*wrong = SLICE("");
	bool good = goes_together(&listen, &t->target.address, err) &&
		    is_between(&listen, &t->target.address, t->device, err) &&
		    read_idle_limit(o, &listen, &idle_limit, err);
	bool logs = options_log(o);
	if (good && logs)
		t->log = log_open(loop, o->log, o->capture, t->device, &t->target.address, err);
	if (good && (!logs || t->log))
		t->tap = tap_open(loop, &listen, &t->target,
			t->events->exchange ? &paired : &unpaired, t, err);
	address_free(&listen);
	if (!t->tap)
		return false;
	if (o->idle_limit)
		tap_limit_idle(t->tap, idle_limit);
	return take_faults(t, o, wrong, err);
}

static bool end(struct tapping *t, struct tap_counts *counts, struct error *err)
{
	if (t->tap)
		tap_close(t->tap, counts);
	t->tap = NULL;
	bool good = close_log(t, err);
	target_free(&t->target);
	free(t);
	return good;
}

struct tapping *tapping_open(struct loop *loop, const struct context *context, const char *at,
	const char *device, const struct tapping_events *events, void *owner, struct slice *wrong,
	struct error *err)
{
	struct tapping *t = mem_new(sizeof *t);
	struct tap_counts none;
	struct error ignored;
	t->loop = loop;
	t->device = device;
	t->events = events;
	t->owner = owner;
	*wrong = SLICE("");
	if (begin(t, loop, context, at, wrong, err))
		return t;
	end(t, &none, &ignored);
	return NULL;
}

bool tapping_close(struct tapping *t, struct tap_counts *counts, struct error *err)
{
	return end(t, counts, err);
}

/* Says which settings of the device's line are not used, because they are about how wilco itself
 * would talk. */
static void tell_unused(struct tapping *t)
{
	static const enum setting_id own[] = {
		SET_GREET, SET_CONNECTION, SET_AHEAD, SET_CHAR_DELAY, SET_LINE_DELAY};
	const struct address *a = &t->target.address;
	struct bytes names;
	bytes_init(&names, LIMIT_MESSAGE);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (a->settings.at[own[i]].set)
			bytes_addf(&names, "%s%s", names.len ? ", " : "", setting_name(own[i]));
	if (a->text[TEXT_OPEN])
		bytes_addf(&names, "%sopen", names.len ? ", " : "");
	if (a->text[TEXT_LOGIN])
		tapping_on_note(t, NULL, true,
			"the login of the device is not played: programs log in by themselves");
	if (names.len) {
		bytes_add_str(
			&names, ": not used by a tap, because programs talk in their own way");
		tapping_on_note(t, NULL, true, bytes_str(&names));
	}
	bytes_free(&names);
}

void tapping_tell(struct tapping *t)
{
	const char *certificate = tap_certificate(t->tap);
	char text[ERROR_WHAT_MAX];
	if (*certificate) {
		snprintf(text, sizeof text, "certificate SHA-256 %s", certificate);
		tapping_on_note(t, NULL, true, text);
	}
	tell_unused(t);
	if (!tap_has_faults(t->tap))
		return;
	snprintf(text, sizeof text, "faults by --seed %llu", (unsigned long long)t->seed);
	tapping_on_note(t, NULL, true, text);
}

void tapping_set(struct tapping *t, const struct settings *settings)
{
	t->target.address.settings = *settings;
}

struct tap *tapping_tap(const struct tapping *t)
{
	return t->tap;
}

const struct target *tapping_target(const struct tapping *t)
{
	return &t->target;
}
