/* A session on a line that does what the input says, at the time it says: a command is sent at most
 * once and ends exactly once, and what answers it came after it was sent (account.c).  In half of
 * the inputs the device is an honest one that answers each command with its number, at times too
 * late: then no command gets the number of another. */
#include "fuzz/account.h"
#include "fuzz/fuzz.h"
#include "fuzz/honest.h"
#include "fuzz/input.h"
#include "fuzz/line.h"

#include "base/number.h"

enum { HONEST = 1, PACED = 2, KEEP_OPEN = 4, KEEPS = 8, OUT_OF_TURN = 128, KINDS = 3, KEPT = 64 };
enum { FROM_INSIDE = 0xe0, DEEP = 3 };

static const int64_t TIMEOUT = 400 * (int64_t)NS_PER_MS, RESYNC = 700 * (int64_t)NS_PER_MS;

static struct session *session;
static struct slice input;
static unsigned flags, depth;
static bool honest;
static struct exchange *kept[KEPT]; /* ours: they outlive the session */
static size_t kept_count;

static void says(struct slice bytes)
{
	if (!fuzz_line_listens())
		return;
	account_came(bytes);
	fuzz_line_says(bytes);
}

/* ---- what the session does ---- */

static void on_sent(struct slice bytes, unsigned how)
{
	const struct exchange *x = session_current(session);
	(void)how;
	account_sent(bytes);
	if (honest && x)
		honest_asked(x, bytes);
}

static void on_closed(void)
{
	account_line_closed();
	honest_forget();
}

static bool owner_does(unsigned op);

static bool on_exchange(void *owner, struct session *s, struct exchange *x)
{
	(void)owner;
	MUST(!session || s == session);
	account_ended(x);
	if (x->command && x->status == EXCHANGE_OK && honest)
		honest_check(x);
	else if (x->command && x->sent_at)
		honest_given_up(x, TIMEOUT, RESYNC);
	/* An owner that goes on from inside. */
	if (depth < DEEP && input.len && input.at[0] >= FROM_INSIDE) {
		depth++;
		owner_does(input_byte(&input));
		depth--;
	}
	if (!(flags & KEEPS) || kept_count == KEPT)
		return false;
	kept[kept_count++] = x;
	return true;
}

static const struct session_events events = {.unasked = on_exchange};

/* ---- what the input says ---- */

static void ask(bool wire, bool tell, bool now)
{
	uint64_t number = account_ask();
	char text[24];
	snprintf(text, sizeof text, "c%llu", (unsigned long long)number);
	struct slice payload = honest ? slice_str(text) : input_run(&input);
	struct request r = {.payload = payload,
		.wire = wire && !honest,
		.tell = tell && !honest,
		.now = now && flags & OUT_OF_TURN && !honest,
		.ended = on_exchange,
		.asker = (void *)(uintptr_t)number};
	if (number)
		session_ask(session, &r);
}

static void other_frame(void)
{
	struct slice rest;
	struct error err;
	struct frame *frame = fuzz_frame(input.at, input.len ? 1 : 0, &rest);
	input_byte(&input);
	if (!frame)
		return;
	if (session_set_frame(session, frame, &err))
		honest_forget();
	frame_unref(frame);
}

static void change(void)
{
	struct settings settings = *session_settings(session);
	struct error err;
	unsigned what = input_byte(&input);
	if (!honest && what % SETTING_COUNT != SET_CHAR_DELAY &&
		what % SETTING_COUNT != SET_LINE_DELAY && what % SETTING_COUNT != SET_MODE)
		settings.at[what % SETTING_COUNT] = (struct setting){true, 1 + what * NS_PER_MS};
	session_change(session, &settings, &err);
}

/* Bytes as they come, or a frame that the device would send. */
static void say_anything(void)
{
	struct slice bytes = input_run(&input);
	if (!honest)
		says(bytes);
}

static bool owner_does(unsigned op)
{
	switch (op % 16) {
	case 0:
	case 1:
	case 2:
		ask(op & 16, op & 32, op & 64);
		return true;
	case 3:
		session_cancel(session);
		return true;
	case 4:
		op & 16 ? session_close(session) : session_open(session);
		return true;
	case 5:
		other_frame();
		return true;
	case 6:
		change();
		return true;
	default:
		return false;
	}
}

static void device_does(unsigned op)
{
	switch (op % 16) {
	case 7:
	case 8:
		fuzz_line_open();
		break;
	case 9:
	case 10:
	case 11:
		honest ? honest_answer(&input, says) : say_anything();
		break;
	case 12:
		fuzz_wait((int64_t)(1 + input_byte(&input)) * NS_PER_MS);
		break;
	case 13:
		fuzz_wait((int64_t)(1 + input_byte(&input) % 16) * 100 * NS_PER_MS);
		break;
	case 14:
		op & 16 ? fuzz_line_ends() : fuzz_line_fails();
		break;
	default:
		op & 16 ? fuzz_line_drained() : fuzz_line_boundary();
	}
}

static struct session *open_session(struct frame *frame)
{
	static const char *const addresses[KINDS] = {"tcp://d:1", "serial:/dev/d", "udp://d:1"};
	struct address a;
	struct error err;
	MUST(address_parse(slice_str(addresses[(flags >> 4) % KINDS]), 0, &a, &err));
	a.settings.at[SET_TIMEOUT] = (struct setting){true, TIMEOUT};
	a.settings.at[SET_RESYNC] = (struct setting){true, RESYNC};
	if (flags & PACED)
		a.settings.at[SET_CHAR_DELAY] = (struct setting){true, NS_PER_MS};
	struct session_config config = {.loop = fuzz_loop(),
		.name = "d",
		.address = &a,
		.settings = &a.settings,
		.frame = frame,
		.keep_open = flags & KEEP_OPEN,
		.events = &events};
	struct session *s = session_frame_fits(&a, frame, &err) ? session_new(&config) : NULL;
	address_free(&a);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame *frame = size < 20000 ? fuzz_frame(data, size, &input) : NULL;
	if (!frame)
		return 0;
	flags = input_byte(&input);
	honest = flags & HONEST;
	depth = 0;
	session = NULL;
	fuzz_line_sent = on_sent;
	fuzz_line_closed = on_closed;
	session = open_session(frame);
	frame_unref(frame);
	if (!session)
		return 0;
	account_begin(session, flags & PACED, flags & OUT_OF_TURN && !honest);
	while (input.len) {
		unsigned op = input_byte(&input);
		if (!owner_does(op))
			device_does(op);
	}
	session_close(session);
	account_done();
	session_free(session);
	fuzz_settle();
	while (kept_count)
		exchange_free(kept[--kept_count]);
	return 0;
}
