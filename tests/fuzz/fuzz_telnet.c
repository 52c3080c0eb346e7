/* telnet:// and rfc2217:// against a peer that negotiates as it likes: no callback comes after the
 * line was closed or failed, what the owner sends arrives escaped and whole, what is answered by
 * itself stays in proportion to what came, and (telnet) the pieces in which bytes come make no
 * difference. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"
#include "fuzz/line.h"

#include "base/number.h"

enum { RFC2217 = 1, STREAM = 2, IAC = 255 };
enum { ANSWERS = 16, ANSWERS_LEAST = 512 }; /* bytes for each byte that came, and at first */

static struct {
	struct transport *line;
	unsigned left; /* callbacks until the owner closes the line; 0: it does not */
	bool holds;    /* the server may suspend us (RFC 2217) */
	bool open;
	struct bytes data, sent; /* to the owner, onto the line below */
	size_t came, asked;      /* bytes from the peer, from the owner and escaped */
} owner;

/* ---- the owner ---- */

static void let_go(void)
{
	struct transport *line = owner.line;
	owner.line = NULL;
	transport_close(line);
}

static void called(void)
{
	MUST(owner.line);
	if (owner.left && --owner.left == 0)
		let_go();
}

static void on_open(void *arg)
{
	(void)arg;
	MUST(!owner.open);
	owner.open = true;
	called();
}

static void on_data(void *arg, struct slice bytes)
{
	(void)arg;
	MUST(bytes.len);
	bytes_add(&owner.data, bytes);
	called();
}

static void on_end(void *arg)
{
	(void)arg;
	MUST(owner.open);
	called();
}

static void on_fail(void *arg, const struct error *err)
{
	(void)arg;
	MUST(err->what[0] && (err->status == STATUS_CONNECT) == !owner.open);
	called();
	if (owner.line)
		let_go();
}

static void on_step(void *arg, enum transport_step step, const char *text)
{
	(void)arg;
	(void)step;
	MUST(text);
	called();
}

static void on_drained(void *arg)
{
	(void)arg;
	MUST(owner.open);
	called();
}

static const struct transport_events events = {.step = on_step,
	.open = on_open,
	.data = on_data,
	.end = on_end,
	.fail = on_fail,
	.drained = on_drained};

static void on_sent(struct slice bytes, unsigned how)
{
	(void)how;
	bytes_add(&owner.sent, bytes);
	MUST(owner.sent.len <= owner.asked + owner.came * ANSWERS + ANSWERS_LEAST);
}

static void begin(unsigned flags, unsigned left)
{
	struct address a;
	struct error err;
	MUST(address_parse(flags & RFC2217 ? SLICE("rfc2217://d:1?baud=9600&dtr=on&rts=off")
					   : SLICE("telnet://d:1"),
		0, &a, &err));
	memset(&owner, 0, sizeof owner);
	owner.left = left;
	owner.holds = flags & RFC2217;
	bytes_init(&owner.data, LIMIT_FRAME_MOST);
	bytes_init(&owner.sent, LIMIT_FRAME_MOST);
	fuzz_line_sent = on_sent;
	fuzz_line_closed = NULL;
	owner.line = transport_open(fuzz_loop(), &a, NS_PER_S, &events, NULL);
	address_free(&a);
}

static void end(void)
{
	if (owner.line)
		let_go();
	fuzz_settle();
	bytes_free(&owner.data);
	bytes_free(&owner.sent);
}

/* ---- what the input says ---- */

static void says(struct slice bytes)
{
	if (!fuzz_line_listens())
		return;
	owner.came += bytes.len;
	fuzz_line_says(bytes);
}

static bool can_send(void)
{
	return owner.line && owner.open;
}

/* A server that suspends us (RFC 2217) gets it later; one that is shut, or broke, gets nothing. */
static void sends(struct slice bytes, unsigned how)
{
	struct bytes escaped;
	size_t had = owner.sent.len;
	if (!can_send())
		return;
	bytes_init(&escaped, 1 << 20);
	for (size_t i = 0; i < bytes.len; i++)
		for (int times = bytes.at[i] == IAC ? 2 : 1; times > 0; times--)
			bytes_add_byte(&escaped, bytes.at[i]);
	owner.asked += escaped.len;
	transport_send(owner.line, bytes, how);
	MUST(!owner.line || transport_queued(owner.line) <= owner.asked);
	MUST(owner.holds || owner.sent.len == had ||
		slice_equal(slice_cut(bytes_slice(&owner.sent), had, owner.sent.len),
			bytes_slice(&escaped)));
	bytes_free(&escaped);
}

static void changes(struct slice *in)
{
	struct settings settings;
	struct error err;
	settings_init(&settings);
	settings.at[SET_BAUD].value = 1 + input_byte(in) * 1000;
	owner.asked += ANSWERS_LEAST;
	transport_change(owner.line, &settings, &err);
}

static void breaks(void)
{
	struct error err;
	owner.asked += ANSWERS_LEAST;
	transport_break(owner.line, NS_PER_MS, &err);
}

static void do_one(struct slice *in)
{
	unsigned op = input_byte(in);
	switch (op % 10) {
	case 0:
	case 1:
		fuzz_line_open();
		if (!(op & 128)) /* telnet:// is open when the negotiation was quiet */
			fuzz_wait(50 * NS_PER_MS);
		break;
	case 2:
	case 3:
	case 4:
		says(input_run(in));
		break;
	case 5:
		sends(input_run(in), op & 128 ? SEND_END : 0);
		break;
	case 6:
		op & 128 ? fuzz_line_ends() : fuzz_line_drained();
		break;
	case 7:
		op & 128 ? fuzz_line_fails() : fuzz_wait((1 + input_byte(in)) * 10ll * NS_PER_MS);
		break;
	case 8:
		if (can_send())
			op & 128 ? changes(in) : breaks();
		break;
	default:
		if (owner.line)
			transport_read(owner.line, op & 128);
	}
}

/* The same from the stream whole and byte by byte. */
static void compare(struct slice stream)
{
	begin(0, 0);
	fuzz_line_open();
	says(stream);
	struct bytes data = owner.data, sent = owner.sent;
	bytes_init(&owner.data, LIMIT_FRAME_MOST);
	bytes_init(&owner.sent, LIMIT_FRAME_MOST);
	end();
	begin(0, 0);
	fuzz_line_open();
	for (size_t i = 0; i < stream.len; i++)
		says(slice_cut(stream, i, i + 1));
	MUST(slice_equal(bytes_slice(&owner.data), bytes_slice(&data)));
	MUST(slice_equal(bytes_slice(&owner.sent), bytes_slice(&sent)));
	bytes_free(&data);
	bytes_free(&sent);
	end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	unsigned flags = input_byte(&in);
	if (size > 20000)
		return 0;
	if (flags & STREAM) {
		compare(in);
		return 0;
	}
	begin(flags, input_byte(&in) % 64);
	while (in.len)
		do_one(&in);
	end();
	return 0;
}
