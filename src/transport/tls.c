/* tls.c - TLS over a TCP line.  The peer must prove its name unless verify=no.  A line that ends
 * without close_notify may have been cut off by anybody, and is reported as cut off. */
#include "transport/door.h"
#include "transport/filter.h"

#include "adapter/module.h"
#include "adapter/tls.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

struct tls_line {
	struct filter filter;
	const struct tls_functions *tls; /* NULL: there is no module */
	struct tls *engine;              /* NULL: `trouble` says why */
	bool verify;
	bool closed, over;    /* the peer has sent close_notify; its owner knows */
	bool ending;          /* ours is due, once a renegotiation is over */
	struct setting least; /* enum tls_min */
	/* Reports failure from the loop, after transport_open() returned. */
	struct loop_timer begin;
	char *trouble;
	/* The owner does not read, and the engine has bytes for it: a caller's first ones may come
	 * with the end of the handshake. */
	bool held, rest;
	struct loop_timer resume;
};

/* Sends what the engine wants to send. */
static void tls_flush(struct tls_line *t, unsigned how)
{
	char buffer[16 * 1024];
	struct bytes all;
	size_t n;
	bytes_init(&all, LIMIT_UNSENT); /* more than a command or the answers to one read */
	while ((n = t->tls->take(t->engine, buffer, sizeof buffer)))
		bytes_add(&all, slice_of(buffer, n));
	if (t->filter.line && (all.len || how & SEND_END))
		transport_send(t->filter.line, bytes_slice(&all), how);
	bytes_free(&all);
}

/* Ends our side, or does so later.  Returns SEND_END, or 0. */
static unsigned tls_end(struct tls_line *t)
{
	t->ending = !t->tls->shutdown(t->engine);
	return t->ending ? 0 : SEND_END;
}

/* Returns what a person can do about it. */
static const char *advice(const char *why)
{
	if (strstr(why, "certificate required"))
		return "; give yours by cert=FILE and key=FILE";
	if (strstr(why, "wrong version number"))
		return "; is that a port without TLS?";
	if (strstr(why, "self-signed") || strstr(why, "unable to get local issuer"))
		return "; name the certificates to trust by ca=FILE";
	if (strstr(why, "hostname mismatch") || strstr(why, "IP address mismatch"))
		return "; give the name in the certificate by sni=NAME";
	if (strstr(why, "unsupported protocol") || strstr(why, "alert protocol version"))
		return "; set the oldest version that wilco speaks by tls-min=";
	return "";
}

static void failed(struct tls_line *t, const char *why)
{
	tls_flush(t, SEND_ANSWER); /* sends the alert, so that the peer's log says it, too */
	filter_fail(&t->filter, "%s%s", quote(slice_str(why)).text, advice(why));
}

static void say_secured(struct tls_line *t)
{
	char text[TLS_TEXT_MAX];
	struct tls_certificate c;
	struct bytes all;
	bytes_init(&all, LIMIT_MESSAGE);
	t->tls->describe(t->engine, text);
	if (t->tls->certificate(t->engine, &c))
		bytes_addf(&all, "%s, certificate of %s, issued by %s, until %s%s%s%s", text,
			c.subject, c.issuer, c.not_after, *c.names ? ", for " : "", c.names,
			c.verified ? "" : ", NOT VERIFIED");
	else
		bytes_addf(&all, "%s, without a certificate", text);
	transport_tell(&t->filter.base, STEP_SECURED, bytes_str(&all));
	bytes_free(&all);
	if (!t->verify)
		transport_tell(&t->filter.base, STEP_WARNING,
			"the certificate is not verified (verify=no): anybody may be there");
	if (t->least.value < TLS_MIN_1_2)
		transport_tell(&t->filter.base, STEP_WARNING,
			"TLS below 1.2 is allowed (tls-min), with methods that OpenSSL refuses "
			"otherwise: others may read and change the data on its way");
}

static void handshake(struct tls_line *t)
{
	char why[TLS_TEXT_MAX];
	enum tls_result result = t->tls->handshake(t->engine, why);
	if (result == TLS_FAILED) {
		failed(t, why);
		return;
	}
	tls_flush(t, SEND_ANSWER);
	if (result != TLS_OK || t->filter.base.closing)
		return;
	say_secured(t);
	if (!t->filter.base.closing)
		filter_up(&t->filter);
}

static void tell_closed(struct tls_line *t)
{
	struct transport *base = &t->filter.base;
	if (!t->closed || t->over || base->closing)
		return;
	t->over = true;
	base->events->end(base->owner);
}

static void deliver(struct tls_line *t)
{
	struct transport *base = &t->filter.base;
	char buffer[16 * 1024], why[TLS_TEXT_MAX];
	enum tls_result result;
	t->rest = t->held;
	if (t->held)
		return;
	do {
		size_t n = sizeof buffer;
		result = t->tls->read(t->engine, buffer, &n, why);
		if (result == TLS_OK)
			filter_gather(&t->filter, slice_of(buffer, n));
		if (base->closing)
			return;
	} while (result == TLS_OK);
	t->closed |= result == TLS_CLOSED;
	filter_hand_on(&t->filter);
	if (base->closing)
		return;
	tls_flush(t, SEND_ANSWER | (t->ending ? tls_end(t) : 0));
	if (result == TLS_FAILED)
		failed(t, why);
	else
		tell_closed(t);
}

/* ---- the line below ---- */

static void tls_on_open(void *owner)
{
	struct tls_line *t = owner;
	filter_under_open(&t->filter);
	if (t->engine)
		handshake(t);
}

static void tls_on_data(void *owner, struct slice bytes)
{
	struct tls_line *t = owner;
	t->filter.base.read_at = transport_read_at(t->filter.line);
	if (!t->tls->feed(t->engine, bytes.at, bytes.len)) {
		filter_fail(&t->filter, "TLS: no memory");
		return;
	}
	if (!t->filter.up)
		handshake(t);
	if (t->filter.up && !t->filter.base.closing)
		deliver(t);
}

static void tls_on_end(void *owner)
{
	struct tls_line *t = owner;
	if (t->over)
		return;
	filter_fail(&t->filter, t->filter.up ? "the connection was cut off: it ended without TLS's "
					       "close_notify, so that something may be missing"
					     : "the peer closed the connection during the TLS "
					       "handshake; is that a port with TLS?");
}

static void tls_on_fail(void *owner, const struct error *err)
{
	struct tls_line *t = owner;
	if (!t->filter.up && err->status != STATUS_CONNECT)
		filter_fail(&t->filter, "%s during the TLS handshake", err->what);
	else
		filter_on_fail(owner, err);
}

static const struct transport_events events = {.step = filter_on_step,
	.open = tls_on_open,
	.data = tls_on_data,
	.end = tls_on_end,
	.fail = tls_on_fail,
	.drained = filter_on_drained};

/* ---- the owner's side ---- */

static void tls_send(struct transport *base, struct slice bytes, unsigned how)
{
	struct tls_line *t = (struct tls_line *)base;
	char why[TLS_TEXT_MAX];
	if (!t->filter.up || !t->filter.line || base->closing)
		return;
	if (bytes.len && !t->tls->write(t->engine, bytes.at, bytes.len, why)) {
		free(t->trouble);
		t->trouble = mem_str(why);
		loop_timer_set(&t->begin, 0);
		return;
	}
	if (how & SEND_END)
		how = (how & ~SEND_END) | tls_end(t);
	tls_flush(t, how);
}

static void tls_on_resume(void *arg)
{
	struct tls_line *t = arg;
	if (t->filter.up && !t->filter.base.closing)
		deliver(t);
}

static void tls_read(struct transport *base, bool on)
{
	struct tls_line *t = (struct tls_line *)base;
	t->held = !on;
	filter_read(base, on);
	if (on && t->rest)
		loop_timer_set(&t->resume, 0);
}

/* The engine is read empty each time; what it said behind the bytes that are being handed on is
 * still to be told. */
static bool tls_take(struct transport *base)
{
	struct tls_line *t = (struct tls_line *)base;
	bool open = filter_take(base);
	tell_closed(t);
	return open && !t->closed;
}

static void tls_finish(struct transport *base, int64_t grace)
{
	struct tls_line *t = (struct tls_line *)base;
	loop_timer_stop(&t->resume);
	if (t->filter.up && !base->closing) {
		t->tls->shutdown(t->engine);
		tls_flush(t, SEND_ANSWER);
	}
	filter_finish(base, grace);
}

static void tls_close(struct transport *base)
{
	struct tls_line *t = (struct tls_line *)base;
	loop_timer_stop(&t->begin);
	loop_timer_stop(&t->resume);
	if (t->filter.up && !t->over && !base->closing) { /* tells the peer that this is no cut */
		t->tls->shutdown(t->engine);
		tls_flush(t, SEND_ANSWER);
	}
	filter_close(base);
}

static void tls_release(struct transport *base)
{
	struct tls_line *t = (struct tls_line *)base;
	if (t->engine)
		t->tls->close(t->engine);
	free(t->trouble);
}

static void tls_on_begin(void *arg)
{
	struct tls_line *t = arg;
	filter_fail(&t->filter, "%s", t->trouble);
}

/* Checks that they are files: OpenSSL opens them itself and would wait for ever for the writer of a
 * FIFO. */
static bool are_files(const struct address *a, struct error *err)
{
	const char *const names[] = {a->text[TEXT_CA], a->text[TEXT_CERT], a->text[TEXT_KEY]};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i] && !path_check_file(names[i], err))
			return false;
	return true;
}

static void open_engine(struct tls_line *t, const struct address *a)
{
	struct error err;
	char why[TLS_TEXT_MAX];
	struct tls_config config = {.name = a->text[TEXT_SNI] ? a->text[TEXT_SNI] : a->host,
		.ca = a->text[TEXT_CA],
		.cert = a->text[TEXT_CERT],
		.key = a->text[TEXT_KEY],
		.verify = t->verify,
		.oldest = (unsigned)t->least.value,
		.oldest_said = t->least.set};
	t->tls = are_files(a, &err) ? module_tls(&err) : NULL;
	if (t->tls)
		t->engine = t->tls->open(&config, why);
	if (!t->engine)
		t->trouble = mem_str(t->tls ? why : err.what);
}

static struct transport *tls_open(
	struct loop *loop, const struct address *a, int64_t connect_timeout)
{
	struct tls_line *t = mem_new(sizeof *t);
	t->verify = a->settings.at[SET_VERIFY].value;
	t->least = a->settings.at[SET_TLS_MIN];
	open_engine(t, a);
	loop_timer_init(&t->begin, loop, tls_on_begin, t);
	loop_timer_init(&t->resume, loop, tls_on_resume, t);
	if (t->engine) {
		filter_open(&t->filter, &transport_tls, loop, a, connect_timeout,
			"the TLS handshake was not complete", &events);
	} else {
		transport_init(&t->filter.base, &transport_tls, loop);
		loop_timer_set(&t->begin, 0);
	}
	t->filter.base.release = tls_release;
	return &t->filter.base;
}

/* ---- being called ---- */

struct tls_door {
	const struct tls_functions *tls;
	struct tls_server *server;
};

struct tls_door *tls_door_open(
	const struct address *a, char fingerprint[TLS_FINGERPRINT_MAX], struct error *err)
{
	char why[TLS_TEXT_MAX];
	const struct setting *least = &a->settings.at[SET_TLS_MIN];
	const struct tls_config config = {.name = a->host,
		.ca = a->text[TEXT_CA],
		.cert = a->text[TEXT_CERT],
		.key = a->text[TEXT_KEY],
		.oldest = (unsigned)least->value,
		.oldest_said = least->set};
	const struct tls_functions *tls = are_files(a, err) ? module_tls(err) : NULL;
	struct tls_server *server = tls ? tls->serve(&config, fingerprint, why) : NULL;
	if (!server) {
		if (tls)
			error_set(err, STATUS_USAGE, "%s", quote(slice_str(why)).text);
		return NULL;
	}
	struct tls_door *door = mem_new(sizeof *door);
	*door = (struct tls_door){tls, server};
	return door;
}

void tls_door_close(struct tls_door *door)
{
	if (door)
		door->tls->serve_end(door->server);
	free(door);
}

struct transport *tls_accept(
	const struct tls_door *door, struct loop *loop, struct transport *line, int64_t patience)
{
	char why[TLS_TEXT_MAX];
	struct tls_line *t = mem_new(sizeof *t);
	t->tls = door->tls;
	t->verify = true; /* of a caller nothing is said */
	t->least.value = TLS_MIN_1_2;
	t->engine = t->tls->accept(door->server, why);
	loop_timer_init(&t->begin, loop, tls_on_begin, t);
	loop_timer_init(&t->resume, loop, tls_on_resume, t);
	filter_over(&t->filter, &transport_tls, loop, line, &events);
	t->filter.slow = "the TLS handshake was not complete";
	t->filter.connect_timeout = patience;
	loop_timer_set(&t->filter.deadline, patience);
	t->filter.base.release = tls_release;
	if (!t->engine) {
		t->trouble = mem_str(why);
		loop_timer_set(&t->begin, 0);
	}
	return &t->filter.base;
}

const struct transport_kind transport_tls = {
	.name = "tls",
	.help = "a TLS connection to HOST:PORT; the peer must prove its name",
	.form = FORM_HOST,
	.uses = USE_TCP | USE_TLS | USE_VIA | USE_BIND | USE_EACH,
	.half_closes = true,
	.reopens = true,
	.direct = true,
	.open = tls_open,
	.send = tls_send,
	.queued = filter_queued,
	.unsent = filter_unsent,
	.read = tls_read,
	.take = tls_take,
	.close = tls_close,
	.finish = tls_finish,
};
