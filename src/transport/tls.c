/* tls.c - TLS over a TCP line.  The peer has to prove its name unless verify=no; a line that ends
 * without its close_notify may have been cut off by anybody, and says so. */
#include "transport/filter.h"

#include "adapter/module.h"
#include "adapter/tls.h"
#include "base/mem.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

struct tls_line {
	struct filter filter;
	const struct tls_functions *tls; /* NULL: no module */
	struct tls *engine;              /* NULL: `trouble` says why */
	bool verify, over;               /* over: the peer said close_notify */
	struct loop_timer begin;         /* fails from the loop, after transport_open() returned */
	char *trouble;
};

/* What the engine wants to send. */
static void flush(struct tls_line *t, bool half_close)
{
	char buffer[16 * 1024];
	struct bytes all;
	size_t n;
	bytes_init(&all, LIMIT_FRAME_MOST);
	while ((n = t->tls->take(t->engine, buffer, sizeof buffer)))
		bytes_add(&all, slice_of(buffer, n));
	if (t->filter.line && (all.len || half_close))
		transport_send(t->filter.line, bytes_slice(&all), half_close);
	bytes_free(&all);
}

/* What can be done about it. */
static const char *advice(const char *why)
{
	if (strstr(why, "certificate required"))
		return "; cert=FILE and key=FILE give ours";
	if (strstr(why, "wrong version number"))
		return "; is that a port without TLS?";
	if (strstr(why, "self-signed") || strstr(why, "unable to get local issuer"))
		return "; ca=FILE names whom to trust";
	if (strstr(why, "hostname mismatch") || strstr(why, "IP address mismatch"))
		return "; sni=NAME says which name it has";
	return "";
}

static void failed(struct tls_line *t, const char *why)
{
	flush(t, false); /* the alert, so that the peer's log says it too */
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
}

static void handshake(struct tls_line *t)
{
	char why[TLS_TEXT_MAX];
	enum tls_result result = t->tls->handshake(t->engine, why);
	if (result == TLS_FAILED) {
		failed(t, why);
		return;
	}
	flush(t, false);
	if (result != TLS_OK || t->filter.base.closing)
		return;
	say_secured(t);
	if (!t->filter.base.closing)
		filter_up(&t->filter);
}

static void deliver(struct tls_line *t)
{
	struct transport *base = &t->filter.base;
	char buffer[16 * 1024], why[TLS_TEXT_MAX];
	for (;;) {
		size_t n = sizeof buffer;
		enum tls_result result = t->tls->read(t->engine, buffer, &n, why);
		if (result == TLS_OK)
			base->events->data(base->owner, slice_of(buffer, n));
		if (base->closing)
			return;
		if (result == TLS_OK)
			continue;
		flush(t, false);
		if (result == TLS_FAILED) {
			failed(t, why);
		} else if (result == TLS_CLOSED && !t->over) {
			t->over = true;
			base->events->end(base->owner);
		}
		return;
	}
}

/* ---- the line below ---- */

static void on_open(void *owner)
{
	struct tls_line *t = owner;
	filter_under_open(&t->filter);
	if (t->engine)
		handshake(t);
}

static void on_data(void *owner, struct slice bytes)
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

static void on_end(void *owner)
{
	struct tls_line *t = owner;
	if (t->over)
		return;
	filter_fail(&t->filter, t->filter.up ? "the connection was cut off: it ended without TLS's "
					       "close_notify, so that something may be missing"
					     : "the peer closed the connection during the TLS "
					       "handshake; is that a port with TLS?");
}

static void on_fail(void *owner, const struct error *err)
{
	struct tls_line *t = owner;
	if (!t->filter.up && err->status != STATUS_CONNECT)
		filter_fail(&t->filter, "%s during the TLS handshake", err->what);
	else
		filter_on_fail(owner, err);
}

static const struct transport_events events = {.step = filter_on_step,
	.open = on_open,
	.data = on_data,
	.end = on_end,
	.fail = on_fail,
	.drained = filter_on_drained};

/* ---- the owner's side ---- */

static void tls_send(struct transport *base, struct slice bytes, bool half_close)
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
	if (half_close)
		t->tls->shutdown(t->engine);
	flush(t, false);
}

static void tls_finish(struct transport *base, int64_t grace)
{
	struct tls_line *t = (struct tls_line *)base;
	if (t->filter.up && !base->closing) {
		t->tls->shutdown(t->engine);
		flush(t, false);
	}
	filter_finish(base, grace);
}

static void tls_close(struct transport *base)
{
	struct tls_line *t = (struct tls_line *)base;
	loop_timer_stop(&t->begin);
	if (t->filter.up && !t->over && !base->closing) { /* so that the peer knows it is no cut */
		t->tls->shutdown(t->engine);
		flush(t, false);
	}
	filter_close(base);
}

static void release(struct transport *base)
{
	struct tls_line *t = (struct tls_line *)base;
	if (t->engine)
		t->tls->close(t->engine);
	free(t->trouble);
}

static void on_begin(void *arg)
{
	struct tls_line *t = arg;
	filter_fail(&t->filter, "%s", t->trouble);
}

static void open_engine(struct tls_line *t, const struct address *a)
{
	struct error err;
	char why[TLS_TEXT_MAX];
	struct tls_config config = {.name = a->text[TEXT_SNI] ? a->text[TEXT_SNI] : a->host,
		.ca = a->text[TEXT_CA],
		.cert = a->text[TEXT_CERT],
		.key = a->text[TEXT_KEY],
		.verify = t->verify};
	t->tls = module_tls(&err);
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
	open_engine(t, a);
	loop_timer_init(&t->begin, loop, on_begin, t);
	if (t->engine) {
		filter_open(&t->filter, &transport_tls, loop, a, connect_timeout,
			"the TLS handshake was not over", &events);
	} else {
		transport_init(&t->filter.base, &transport_tls, loop);
		loop_timer_set(&t->begin, 0);
	}
	t->filter.base.release = release;
	return &t->filter.base;
}

const struct transport_kind transport_tls = {
	.name = "tls",
	.help = "a TLS connection to HOST:PORT; the peer has to prove its name",
	.form = FORM_HOST,
	.uses = USE_TCP | USE_TLS | USE_VIA,
	.half_closes = true,
	.reopens = true,
	.open = tls_open,
	.send = tls_send,
	.queued = filter_queued,
	.read = filter_read,
	.close = tls_close,
	.finish = tls_finish,
};
