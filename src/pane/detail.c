/* detail.c - see detail.h. */
#include "pane/detail.h"

#include "base/number.h"
#include "pane/block.h"
#include <stdarg.h>
#include <stdio.h>

static const int64_t RATE_AFTER = NS_PER_S / 4; /* before that it says nothing */

static void add(char out[DETAIL_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void add(char out[DETAIL_MAX], const char *format, ...)
{
	size_t used = strlen(out);
	va_list args;
	va_start(args, format);
	vsnprintf(out + used, DETAIL_MAX - used, format, args);
	va_end(args);
}

/* Returns bytes a second; 0: nobody knows yet. */
static uint64_t rate_of(uint64_t bytes, int64_t ns)
{
	return ns >= RATE_AFTER ? (uint64_t)((double)bytes * NS_PER_S / (double)ns) : 0;
}

static void add_rate(uint64_t rate, int64_t byte_time, char out[DETAIL_MAX])
{
	char text[SIZE_TEXT_MAX];
	if (!rate)
		return;
	add(out, ", %s/s", size_text(rate, text));
	if (byte_time)
		add(out, " (the line: %s/s)", size_text((uint64_t)(NS_PER_S / byte_time), text));
}

void detail_file(const struct waiting *w, size_t width, char out[DETAIL_MAX])
{
	const struct exchange_file *f = w->exchange->file;
	char done[SIZE_TEXT_MAX], all[SIZE_TEXT_MAX], time[DURATION_TEXT_MAX];
	uint64_t rate = rate_of(f->arrived, w->waited), left = f->sized ? f->size - f->arrived : 0;
	*out = 0;
	if (f->sized)
		add(out, "%u %%, %s of %s", exchange_file_percent(f), size_text(f->arrived, done),
			size_text(f->size, all));
	else
		add(out, "%s", size_text(f->arrived, done));
	if (width >= BLOCK_WIDE)
		add_rate(rate, address_byte_time(session_address(w->session)), out);
	if (!rate || !left || left / rate > 24 * 3600)
		return;
	int64_t seconds = (int64_t)((left + rate - 1) / rate);
	add(out, ", %s left", duration_text(seconds * NS_PER_S, time));
}

static void sent_file(const struct exchange *x, char out[DETAIL_MAX])
{
	char time[DURATION_TEXT_MAX];
	*out = 0;
	if (x->status != EXCHANGE_OK)
		return;
	add(out, "delivered in %s", duration_text(exchange_took(x), time));
	add_rate(rate_of(x->file->arrived, exchange_took(x)), 0, out);
}

const char *detail_sent(const struct exchange *x, char out[DETAIL_MAX])
{
	bool sent = (x->sent.len > 0 || x->hidden || x->file) && x->sent_at;
	if (!sent)
		return "not sent";
	if (!x->file)
		return x->tell ? "no reply expected" : "";
	sent_file(x, out);
	return out;
}

/* Counts whole seconds; the rest is rounded up, so that it ends with 1. */
void detail_waiting(const struct waiting *w, size_t width, char out[DETAIL_MAX])
{
	char time[DURATION_TEXT_MAX];
	int64_t left = (w->left + NS_PER_S - 1) / NS_PER_S * NS_PER_S;
	const struct exchange *x = w->exchange;
	const char *keys = w->keys && width >= BLOCK_WIDE ? w->keys : "",
		   *comma = *keys ? "; " : "";
	if (w->left)
		snprintf(out, DETAIL_MAX, "waits %s for a late reply%s%s",
			duration_text(left, time), comma, keys);
	else if (!x->sent_at)
		snprintf(out, DETAIL_MAX, "waits for the line");
	else if (x->file)
		detail_file(w, width, out);
	else if (w->waited < NS_PER_S)
		snprintf(out, DETAIL_MAX, "waiting");
	else
		snprintf(out, DETAIL_MAX, "waiting %s%s%s",
			duration_text(w->waited / NS_PER_S * NS_PER_S, time), comma, keys);
}
