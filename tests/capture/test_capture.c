/* What others wrote down: packets, reassembly, the table of streams, and the readers of text. */
#include "capture/magic.h"
#include "capture/records.h"
#include "capture/streams.h"
#include "capture/talk.h"
#include "capture/told.h"
#include "lib/tap.h"
#include <stdio.h>
#include <stdlib.h>
#include <wilco/limits.h>

/* ---- reassembly ---- */

/* What a direction told: its bytes, '?' for each that is missing, and the packets of the pieces. */
struct heard {
	char text[256];
	size_t len;
	uint64_t number, missing;
	bool wrong; /* an offset, or a packet number that goes back */
};

static void hear_bytes(void *arg, uint64_t offset, struct slice bytes, const struct packet_at *at)
{
	struct heard *h = arg;
	h->wrong |= offset != h->len || at->number < h->number;
	h->number = at->number;
	h->len += (size_t)snprintf(
		h->text + h->len, sizeof h->text - h->len, "%.*s", SLICE_ARG(bytes));
}

static void hear_missing(void *arg, uint64_t offset, uint64_t count)
{
	struct heard *h = arg;
	h->wrong |= offset != h->len;
	h->missing += count;
	for (; count && h->len + 1 < sizeof h->text; count--)
		h->text[h->len++] = '?';
	h->text[h->len] = '\0';
}

static const struct reassembly_events hearing = {hear_bytes, hear_missing};

struct segment {
	uint32_t seq;
	const char *text;
};

static void reassemble(const char *name, uint32_t first, const struct segment *segments,
	int64_t acked, const char *expected)
{
	struct reassembly r = {0};
	struct reassembly_room room = {1000};
	struct heard h = {.text = ""};
	struct packet_at at = {0};
	reassembly_begin(&r, first);
	for (; segments->text; segments++) {
		at.number++;
		reassembly_feed(&r, first + segments->seq, slice_str(segments->text), &at, &room,
			&hearing, &h);
	}
	reassembly_acked(&r, acked);
	reassembly_end(&r, &room, &hearing, &h);
	is_str(h.text, expected, "%s", name);
	ok(!h.wrong && room.left == 1000 && r.next == h.len, "%s: offsets, order, memory", name);
	reassembly_free(&r);
}

#define SEGMENTS(...)            \
	(const struct segment[]) \
	{                        \
		__VA_ARGS__,     \
		{                \
			0, NULL  \
		}                \
	}

static void test_reassembly(void)
{
	reassemble("in order", 7, SEGMENTS({0, "ab"}, {2, "c"}), 0, "abc");
	reassemble("doubled", 7, SEGMENTS({0, "ab"}, {0, "ab"}, {2, "c"}, {0, "xyc"}), 0, "abc");
	reassemble("reordered", 7, SEGMENTS({4, "ef"}, {2, "cd"}, {0, "ab"}), 0, "abcdef");
	reassemble("overlapping: the first bytes win", 7,
		SEGMENTS({2, "cd"}, {1, "xxxx"}, {5, "fg"}, {0, "ayyyyyy"}), 0, "axcdxfg");
	reassemble("one that covers several", 7, SEGMENTS({1, "b"}, {3, "d"}, {0, "....."}), 0,
		".b.d.");
	reassemble("a hole", 7, SEGMENTS({0, "ab"}, {5, "fg"}), 0, "ab???fg");
	reassemble("two holes", 7, SEGMENTS({1, "b"}, {4, "e"}), 0, "?b??e");
	reassemble("numbers begin again", 0xfffffffe, SEGMENTS({0, "ab"}, {4, "e"}, {2, "cd"}), 0,
		"abcde");
	reassemble("bytes that were acknowledged", 7, SEGMENTS({0, "ab"}), 5, "ab???");
	reassemble("the number of a FIN is no byte", 7, SEGMENTS({0, "ab"}), 3, "ab");
	reassemble("what is before the first byte", 7, SEGMENTS({(uint32_t)-3, "xxxab"}, {2, "c"}),
		0, "abc");
	reassemble(
		"what is far from it", 7, SEGMENTS({0, "a"}, {0x50000000, "x"}, {1, "b"}), 0, "ab");
}

/* Behind a hole no more waits than there is room for. */
static void test_room(void)
{
	struct reassembly r = {0};
	struct reassembly_room room = {8};
	struct heard h = {.text = ""};
	const struct packet_at at = {0};
	reassembly_begin(&r, 0);
	reassembly_feed(&r, 1, SLICE("bcde"), &at, &room, &hearing, &h);
	reassembly_feed(&r, 6, SLICE("ghij"), &at, &room, &hearing, &h);
	is_int(room.left, 0, "all room is used");
	reassembly_feed(&r, 11, SLICE("l"), &at, &room, &hearing, &h);
	is_str(h.text, "?bcde", "then the first hole is given up");
	reassembly_feed(&r, 0, SLICE("a"), &at, &room, &hearing, &h);
	reassembly_feed(&r, 5, SLICE("f"), &at, &room, &hearing, &h);
	is_str(h.text, "?bcdefghij", "what comes too late changes nothing");
	reassembly_feed(&r, 14, SLICE("123456789"), &at, &room, &hearing, &h);
	is_str(h.text, "?bcdefghij?l??123456789", "one that is longer than the room");
	reassembly_end(&r, &room, &hearing, &h);
	is_int(room.left, 8, "the room is there again");
}

/* ---- packets ---- */

static void test_packets(void)
{
	/* Ethernet, two tags, IPv4 with an option, TCP with one, "hi", and filling. */
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7, 0x88, 0xa8, 0, 1, 0x81,
		0, 0, 2, 8, 0, 0x46, 0, 0, 50, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		1, 1, 1, 0, 0x9c, 0x40, 0x23, 0x8c, 0, 0, 0, 1, 0, 0, 0, 2, 0x60, 0x18, 0, 0, 0, 0,
		0, 0, 1, 1, 1, 0, 'h', 'i', 0, 0, 0};
	struct slice all = slice_of(bytes, sizeof bytes);
	struct packet p;
	char text[PACKET_END_TEXT];
	is_int(packet_read(LINK_ETHERNET, all, all.len, &p), PACKET_TCP, "a packet");
	is_bytes(p.data, SLICE("hi"), "its bytes, without what fills it up");
	is_str(packet_end_text(&p.from, text), "10.0.0.1:40000", "from");
	is_str(packet_end_text(&p.to, text), "10.0.0.2:9100", "to");
	is_int(p.seq, 1, "its number");
	is_int(p.flags, 0x18, "its flags");
	is_int(p.cut, 0, "it is whole");
	is_int(packet_read(LINK_ETHERNET, slice_cut(all, 0, 71), all.len, &p), PACKET_TCP,
		"snapped");
	ok(p.data.len == 1 && p.cut == 1, "one byte is missing");
	is_int(packet_read(LINK_ETHERNET, slice_cut(all, 0, 67), all.len, &p), PACKET_TCP,
		"in its options");
	ok(p.data.len == 0 && p.cut == 2, "both bytes are missing");
	for (size_t n = 0; n < 66; n++)
		if (packet_read(LINK_ETHERNET, slice_cut(all, 0, n), all.len, &p) == PACKET_TCP)
			ok(false, "snapped at %zu", n);
	ok(packet_link_known(LINK_RAW) && !packet_link_known(127), "link types");
}

/* ---- streams ---- */

static void count_bytes(void *arg, size_t stream, int side, uint64_t offset, struct slice bytes,
	const struct packet_at *at)
{
	struct bytes *out = arg;
	(void)offset, (void)at;
	bytes_addf(out, "%zu%c%.*s ", stream, side ? '<' : '>', SLICE_ARG(bytes));
}

static void count_missing(void *arg, size_t stream, int side, uint64_t offset, uint64_t count)
{
	bytes_addf(arg, "%zu%c?%llu@%llu ", stream, side ? '<' : '>', (unsigned long long)count,
		(unsigned long long)offset);
}

static void count_closed(void *arg, size_t stream, int side, const struct packet_at *at)
{
	(void)at;
	bytes_addf(arg, "%zu%c. ", stream, side ? '<' : '>');
}

static struct packet packet(
	bool device, unsigned port, uint32_t seq, uint32_t ack, unsigned flags, const char *data)
{
	struct packet_end program = {.version = 4, .host = {10, 0, 0, 1}, .port = (uint16_t)port};
	struct packet_end other = {.version = 4, .host = {10, 0, 0, 2}, .port = 9100};
	return (struct packet){.from = device ? other : program,
		.to = device ? program : other,
		.seq = seq,
		.ack = ack,
		.flags = flags,
		.data = slice_str(data)};
}

static const struct streams_events counting = {count_bytes, count_missing, count_closed};

static void test_streams(void)
{
	struct bytes out;
	bytes_init(&out, LIMIT_MESSAGE);
	struct streams *s = streams_new(&counting, &out);
	const struct timespec time = {1790000000, 0};
	const struct packet packets[] = {
		packet(false, 1, 9, 0, TCP_SYN, ""),
		packet(true, 1, 99, 10, TCP_SYN | TCP_ACK, ""),
		packet(false, 2, 500, 700, TCP_ACK, "x"), /* its beginning is not there */
		packet(false, 1, 10, 100, TCP_ACK, "ab"),
		packet(true, 1, 103, 12, TCP_ACK, "z"), /* 3 bytes are missing */
		packet(true, 1, 104, 12, TCP_ACK | TCP_FIN, ""),
		packet(false, 1, 12, 105, TCP_ACK | TCP_FIN, ""),
		packet(true, 1, 105, 13, TCP_ACK, ""),
		packet(false, 1, 5000, 0, TCP_SYN, ""), /* once more */
		packet(false, 1, 5001, 1, TCP_ACK, "c"),
		packet(true, 2, 700, 501, TCP_RST, ""),
	};
	for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++)
		streams_packet(s, PACKET_TCP, &packets[i], &time);
	streams_packet(s, PACKET_FRAGMENT, &packets[0], &time);
	streams_end(s);
	is_str(bytes_str(&out), "1>x 0>ab 0>. 0<?3@0 0<z 0<. 2>c 1<. ", "what is told");
	is_int(streams_count(s), 3, "three streams");
	is_int(streams_at(s, 0)->device, 1, "the device got the SYN");
	is_int(streams_at(s, 1)->device, -1, "nobody knows");
	is_int(streams_at(s, 0)->missing[1], 3, "what is missing is counted");
	is_int(streams_left_out(s).fragments, 1, "and what is left out");
	streams_free(s);
	bytes_free(&out);
}

/* More streams than the table has buckets. */
static void test_many_streams(void)
{
	enum { MANY = 40000 };
	struct bytes out;
	bytes_init(&out, 64 * MANY);
	struct streams *s = streams_new(&counting, &out);
	const struct timespec time = {0};
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 1; i <= MANY; i++) {
			const struct packet p = packet(round, i, 10, 0, TCP_SYN, "");
			streams_packet(s, PACKET_TCP, &p, &time);
		}
	is_int(streams_count(s), MANY, "each is found again");
	is_int(streams_at(s, MANY - 1)->packets, 2, "with its packets");
	streams_free(s);
	bytes_free(&out);
}

/* A table that is freed in the middle frees what waits behind holes. */
static void test_streams_freed(void)
{
	struct bytes out;
	bytes_init(&out, LIMIT_MESSAGE);
	struct streams *s = streams_new(&counting, &out);
	const struct timespec time = {0};
	const struct packet one = packet(false, 1, 10, 0, TCP_ACK, "a");
	const struct packet two = packet(false, 1, 20, 0, TCP_ACK, "b");
	streams_packet(s, PACKET_TCP, &one, &time);
	streams_packet(s, PACKET_TCP, &two, &time);
	streams_free(s);
	is_str(bytes_str(&out), "0>a ", "nothing is told when it is freed");
	bytes_free(&out);
}

/* ---- the order of what was said ---- */

static void say(struct talk *t, enum said_kind kind, int side, uint64_t number, uint64_t acked,
	uint64_t offset, const char *bytes, uint64_t missing)
{
	struct said s = {.kind = kind,
		.side = side,
		.offset = offset,
		.len = missing,
		.when = {.number = number, .acked = acked}};
	ok(talk_add(t, &s, slice_str(bytes)), "said: %s", *bytes ? bytes : "nothing");
}

static void test_talk(void)
{
	struct talk t;
	struct bytes out;
	talk_init(&t);
	bytes_init(&out, LIMIT_MESSAGE);
	say(&t, SAID_BYTES, 0, 1, 0, 0, "A", 0);
	say(&t, SAID_BYTES, 0, 3, 5, 1, "B", 0); /* its sender had got the 5 that are missing */
	say(&t, SAID_BYTES, 0, 5, 6, 2, "C", 0);
	say(&t, SAID_MISSING, 1, 0, 0, 0, "", 5);
	say(&t, SAID_BYTES, 1, 4, 2, 5, "b", 0);
	say(&t, SAID_MISSING, 1, 0, 0, 6, "", 2); /* nobody says when */
	say(&t, SAID_BYTES, 1, 9, 3, 8, "c", 0);
	say(&t, SAID_CLOSE, 1, 9, 0, 9, "", 0);
	talk_order(&t);
	for (size_t i = 0; i < t.count; i++)
		if (t.said[i].kind == SAID_BYTES)
			bytes_add(&out, talk_bytes(&t, &t.said[i]));
		else
			bytes_add_byte(&out, t.said[i].kind == SAID_MISSING ? '?' : '.');
	is_str(bytes_str(&out), "A?BbC?c.", "what is missing stands where its receiver had got it");
	talk_free(&t);
	bytes_free(&out);
}

/* ---- text ---- */

static const char *tell(const char *text, char out[256])
{
	struct told_reader r;
	struct told told;
	struct error err;
	struct slice rest = slice_str(text), line;
	size_t n = 0;
	told_begin(&r, NULL);
	out[0] = '\0';
	while (slice_line(&rest, &line)) {
		if (!r.kind && told_says_nothing(line))
			continue;
		if (!r.kind && !(r.kind = told_kind_of(line)))
			return "no kind";
		if (!told_line(&r, line, &told, &err))
			n += (size_t)snprintf(out + n, 256 - n, "! ");
		else if (told.kind == TOLD_BYTES)
			n += (size_t)snprintf(out + n, 256 - n, "%c%.*s ", told.device ? '<' : '>',
				SLICE_ARG(told.bytes));
		else if (told.kind == TOLD_MISSING)
			n += (size_t)snprintf(out + n, 256 - n, "%c?%llu ", told.device ? '<' : '>',
				(unsigned long long)told.missing);
		else if (told.kind == TOLD_ENDED)
			n += (size_t)snprintf(out + n, 256 - n, "%c. ", told.device ? '<' : '>');
		else if (told.kind == TOLD_CLOSED)
			n += (size_t)snprintf(out + n, 256 - n, ". ");
	}
	while (r.kind && told_rest(&r, &told))
		n += (size_t)snprintf(out + n, 256 - n, "%c?%llu ", told.device ? '<' : '>',
			(unsigned long long)told.missing);
	told_end(&r);
	return out;
}

static void test_told(void)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
		{"# a\n\n> 41 42\n< 43\n44 # x\n\n  >45\n", ">AB <C <D >E "},
		{"> 41\n< 4\n", ">A ! "},
		{"41\n", "no kind"},
		{"> hello\n", "no kind"},
		{"2026-11-23T12:01:02.000001Z a > A\\x42\n2026-11-23T12:01:02.000001Z a < \\<43>\n"
		 "2026-11-23T12:01:02.000001Z a = ok\n2026-11-23T12:01:02.000001Z a - closed\nx\n",
			">AB <C . ! "},
		{"2026-11-23T12:01:02.000001Z a > A\n"
		 "2026-11-23T12:01:02.000001Z a - the device closed its side\n"
		 "2026-11-23T12:01:02.000001Z a - the program closed its side\n"
		 "2026-11-23T12:01:02.000001Z a - connected to b\n",
			">A <. >. "},
		{"2026-11-23T12:01:02.000001Z a b > A\n", ">A "},
		{"2026-11-23T12:01:02Z a > A\n", "no kind"},
		{"> 2026/11/30 18:53:11.000282030  length=3 from=0 to=2\n 41 42 43  ABC\n--\n"
		 "< 2026/11/30 18:53:11.000282030  length=1 from=0 to=0\n 44\n",
			">ABC <D "},
		{"noise> 2026/11/30 18:53:11.282030  length=2 from=0 to=1\n 41\n 42 43\n",
			">A >B "},
		{"> 2026/11/30 18:53:11.000282030  length=2 from=4 to=5\n 41\n", ">?4 >A >?1 "},
		{"2026/11/30 18:53:12 socat[1] N x\n"
		 "> 2026/11/30 18:53:11.000282030  length=2 from=0 to=1\n 41\n"
		 "> 2026/11/30 18:53:11.000282030  length=1 from=2 to=2\n 43\n",
			">A >?1 >C "},
		{"", ""},
	};
	char out[256];
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_str(tell(cases[i].text, out), cases[i].told, "text %zu", i);
}

static void test_magic(void)
{
	is_int(magic_of(SLICE("\xd4\xc3\xb2\xa1")), MAGIC_CAPTURE, "pcap");
	is_int(magic_of(SLICE("\xa1\xb2\x3c\x4d")), MAGIC_CAPTURE, "pcap, nanoseconds");
	is_int(magic_of(SLICE("\xa1\xb2")), MAGIC_PERHAPS, "perhaps");
	is_int(magic_of(SLICE("")), MAGIC_PERHAPS, "nothing yet");
	is_int(magic_of(SLICE("\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a")), MAGIC_CAPTURE, "pcapng");
	is_int(magic_of(SLICE("\n\r\r\n\0\0\0\x1c\x1a\x2b\x3c\x4d")), MAGIC_CAPTURE, "big endian");
	is_int(magic_of(SLICE("\n\r\r\n\0\0\0\x1c\x1a\x2b\x3c")), MAGIC_PERHAPS, "not yet");
	is_int(magic_of(SLICE("\n\r\r\nREADY\n\n\n")), MAGIC_NONE, "text that begins so");
	is_int(magic_of(SLICE("R")), MAGIC_NONE, "other text");
}

/* Reads a file that grows byte by byte, up to `window` bytes at a time: only up to the ends of
 * records may be read, each of which is `each` bytes long behind the first `head`. */
static bool grows(struct slice file, size_t head, size_t each, size_t window)
{
	struct records r = {0};
	size_t at = 0;
	for (size_t size = head; size <= file.len; size++) {
		size_t whole = head + (size - head) / each * each, n = 1;
		while (at < size && n) {
			size_t most = size - at < window ? size - at : window;
			n = records_whole(&r, at, slice_cut(file, at, at + most), size);
			at += n;
		}
		if (at != whole)
			return false;
	}
	return true;
}

/* What makes no sense is let through. */
static void lets_through(const char *name, struct slice file)
{
	struct records r = {0};
	is_int(records_whole(&r, 0, file, file.len), file.len, "%s: all of it is read", name);
}

static void test_records(void)
{
	static const uint8_t little[] = {
		0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0};
	static const uint8_t big[] = {
		0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1};
	static const uint8_t section[] = {0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c,
		0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 28};
	uint8_t file[256] = {0};
	bool good = true;
	for (size_t window = RECORDS_LEAST; window < 100; window++) {
		memcpy(file, little, sizeof little);
		for (size_t at = sizeof little; at + 21 < sizeof file; at += 21)
			file[at + 8] = file[at + 12] = 5;
		good &= grows(slice_of(file, sizeof little + 10 * 21), sizeof little, 21, window);
		memset(file, 0, sizeof file);
		memcpy(file, big, sizeof big);
		for (size_t at = sizeof big; at + 21 < sizeof file; at += 21)
			file[at + 11] = file[at + 15] = 5;
		good &= grows(slice_of(file, sizeof big + 10 * 21), sizeof big, 21, window);
		memset(file, 0, sizeof file);
		for (size_t at = 0; at + sizeof section <= sizeof file; at += sizeof section)
			memcpy(file + at, section, sizeof section);
		good &= grows(
			slice_of(file, 9 * sizeof section), sizeof section, sizeof section, window);
		memset(file, 0, sizeof file);
	}
	ok(good, "a capture that grows is read up to the end of its last whole record");
	memcpy(file, little, sizeof little);
	memset(file + sizeof little, 0xff, 40);
	lets_through("a record that is far too long", slice_of(file, sizeof file));
	memcpy(file, section, sizeof section);
	memset(file + sizeof section, 0, 40);
	lets_through("a block without a length", slice_of(file, sizeof file));
	lets_through("a head that is cut", slice_of(section, 10));
}

int main(void)
{
	test_magic();
	test_reassembly();
	test_room();
	test_packets();
	test_streams();
	test_many_streams();
	test_streams_freed();
	test_talk();
	test_told();
	test_records();
	return tap_done();
}
