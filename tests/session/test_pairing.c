/* Which replies answer which commands, from outside: pairing.h. */
#include "lib/tap.h"
#include "session/pairing.h"
#include <stdio.h>

static struct frame_book *book;

/* What goes by: ">text" from the program, "<text" from the device, ">?n" and "<?n" bytes that are
 * missing, ">." and "<." ends.  A list that NULL ends. */
static void feed(struct pairing *p, const char *const *said)
{
	struct pairing_at at = {0};
	uint64_t offset[2] = {0};
	for (; *said; said++) {
		enum frame_side side = (*said)[0] == '<' ? SIDE_REPLY : SIDE_COMMAND;
		struct slice bytes = slice_str(*said + 1);
		at.number++;
		at.time = (struct timespec){1000, (long)at.number * 1000000};
		if (slice_is(bytes, ".")) {
			pairing_closed(p, side, &at);
		} else if (slice_starts(bytes, SLICE("?"))) {
			uint64_t n = (uint64_t)(bytes.at[1] - '0');
			pairing_missing(p, side, offset[side], n, &at);
			offset[side] += n;
		} else {
			pairing_bytes(p, side, bytes, &at);
			offset[side] += bytes.len;
		}
	}
}

static void add_exchange(const struct paired *what, struct bytes *out)
{
	const struct exchange *x = what->x;
	bytes_addf(out, "%s%s", what->cut ? "cut " : "", what->incomplete ? "incomplete " : "");
	if (x->status != EXCHANGE_OK)
		bytes_addf(out, "%s ", exchange_status_name(x->status));
	bytes_addf(out, "%s%.*s", x->tell ? "tell " : "", SLICE_ARG(x->payload));
	for (const struct reply *r = x->replies; r; r = r->next)
		bytes_addf(out, "=%.*s", SLICE_ARG(r->payload.len ? r->payload : r->raw));
	bytes_add_str(out, "; ");
}

static void paired(const char *notation, bool runs, const char *const *said, const char *expected)
{
	struct error err;
	struct bytes out;
	size_t count;
	struct frame *frame = frame_find(book, slice_str(notation), &err);
	struct pairing *p = pairing_new(frame, runs);
	feed(p, said);
	const struct paired *what = pairing_end(p, &count);
	bytes_init(&out, LIMIT_MESSAGE);
	for (size_t i = 0; i < count; i++)
		if (what[i].x)
			add_exchange(&what[i], &out);
		else
			bytes_addf(&out, "%s?%llu@%llu; ", what[i].side ? "<" : ">",
				(unsigned long long)what[i].missing,
				(unsigned long long)what[i].offset);
	is_str(bytes_str(&out), expected, "%s: %s", notation, said[0]);
	bytes_free(&out);
	pairing_free(p);
	frame_unref(frame);
}

#define SAID(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

static void test_order(void)
{
	paired("line", false, SAID(">A\n", "<1\n", ">B\n", "<2\n"), "A=1; B=2; ");
	paired("line", false, SAID(">A\nB\nC\n", "<1\n2\n", ">D\n", "<3\n4\n"),
		"A=1; B=2; C=3; D=4; ");
	paired("line", false, SAID(">A\n", "<1", "<2\n", ">B\n", ">C\n", "<3\n"),
		"A=12; tell B; C=3; ");
	paired("line", false, SAID(">A\n", ">B\n", "<2\n", ">C\n", ">D\n", "<3\n", "<4\n"),
		"tell A; B=2; C=3; D=4; ");
	paired("line", false, SAID(">A\n", "<1\n", ">B\n"), "A=1; tell B; ");
	paired("line", false, SAID("<H\n", "<I\n", ">A\n", "<1\n", "<U\n"),
		"greeting =H=I; A=1; unsolicited =U; ");
	paired("line", false, SAID(">A\n", "<1\n", ">B\n", "<."), "A=1; lost B; ");
	paired("line", false, SAID(">A\n", ">.", "<."), "tell A; ");
	paired("line", false, SAID(">A\n", "<1\n", ">B", "<2\n"), "A=1; unsolicited =2; tell B; ");
}

static void test_rules(void)
{
	paired("payload LF ; times 2", false, SAID(">A\n", "<1\n2\n", ">B\n", "<3\n4\n"),
		"A=1=2; B=3=4; ");
	paired("scpi", false, SAID(">*RST\n", ">A?\n", "<1\n"), "tell *RST; A?=1; ");
	paired("payload LF ; async '!' *", false, SAID(">A\n", "<!x\n", "<1\n"),
		"unsolicited =!x; A=1; ");
	paired("payload LF ; echo", false, SAID(">A\n", "<A\n", "<1\n"), "A=1; ");
	paired("id:u8=1++ payload LF", false, SAID(">1A\n", ">2B\n", "<2b\n", "<1a\n"),
		"B=b; A=a; ");
	paired("payload eof", false, SAID(">A", ">.", "<1", "<2", "<."), "A=12; ");
}

static void test_runs(void)
{
	paired("raw", true, SAID(">A", ">B", "<1", "<2", ">C", "<3"), "AB=12; C=3; ");
	paired("raw", true, SAID("<H", ">A", "<1", ">B"), "greeting =H; A=1; tell B; ");
}

static void test_missing(void)
{
	paired("line", false, SAID(">A\n", "<?2", ">B\n", "<2\n"), "incomplete A; <?2@0; B=2; ");
	paired("line", false, SAID(">A\n", "<x", "<?2", "<y\n", ">B\n", "<2\n"),
		"incomplete A=x=y\n; <?2@1; B=2; ");
	paired("line", false, SAID(">?2", "<1\n", ">B\n", "<2\n"), ">?2@0; cut =1; B=2; ");
	paired("line", false, SAID(">A", ">?2", ">C\n", "<1\n", ">B\n", "<2\n"),
		">?2@1; cut AC\n=1; B=2; ");
	paired("raw", true, SAID(">A", "<1", "<?2", "<3", ">B", "<4"),
		"incomplete A=1=3; <?2@1; B=4; ");
	paired("raw", true, SAID(">A", "<?2", ">B", "<4"), "incomplete A; <?2@0; B=4; ");
}

/* A device that says so many lines by itself. */
static void lines_unasked(size_t n)
{
	struct error err;
	struct frame *frame = frame_find(book, SLICE("line"), &err);
	struct pairing *p = pairing_new(frame, false);
	struct pairing_at at = {.time = {1000, 0}};
	size_t count;
	for (; at.number < n; at.number++)
		pairing_bytes(p, SIDE_REPLY, SLICE("$GPGGA*56\n"), &at);
	pairing_end(p, &count);
	pairing_free(p);
	frame_unref(frame);
}

int main(void)
{
	book = frame_book_new();
	test_order();
	test_rules();
	test_runs();
	test_missing();
	is_linear(lines_unasked, 5000, "lines that answer nothing are looked at once each");
	frame_book_free(book);
	return tap_done();
}
