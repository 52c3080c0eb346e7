/* Any bytes, sent and received in any pieces, in a log and in a capture: each reads back to the
 * same bytes, and no line of a log holds a control character. */
#include "fuzz/fuzz.h"
#include "fuzz/home.h"
#include "fuzz/input.h"

#include "base/escape.h"
#include "session/log.h"
#include <arpa/inet.h>
#include <unistd.h>

/* Both ways: received, sent. */
struct both {
	struct bytes way[2];
};

static void both_init(struct both *b)
{
	bytes_init(&b->way[0], 1 << 20);
	bytes_init(&b->way[1], 1 << 20);
}

static void both_free(struct both *b)
{
	bytes_free(&b->way[0]);
	bytes_free(&b->way[1]);
}

static void both_same(const struct both *a, const struct both *b)
{
	for (int i = 0; i < 2; i++)
		MUST(slice_equal(bytes_slice(&a->way[i]), bytes_slice(&b->way[i])));
}

static void write_all(struct log *log, struct slice in, struct both *said)
{
	struct error err;
	log_connected(log, "127.0.0.1:9");
	while (in.len) {
		unsigned flags = input_byte(&in);
		struct slice bytes = input_run(&in);
		log_bytes(log, flags & 1, bytes, flags & 2);
		bytes_add(&said->way[flags & 1], bytes);
		if (flags & 4)
			log_note(log, "what happened");
		if (flags & 8)
			MUST(log_flush(log, &err));
	}
	log_disconnected(log);
	MUST(log_close(log, &err));
}

static struct log *open_log(const char *name, bool capture, const struct address *a)
{
	char path[256];
	struct error err;
	snprintf(path, sizeof path, "%s/%s", fuzz_home(), name);
	unlink(path);
	struct log *log =
		log_open(NULL, capture ? NULL : path, capture ? path : NULL, "pump1", a, &err);
	MUST(log);
	return log;
}

/* "TIME pump1 < BYTES" */
static void read_log(struct slice file, struct both *read)
{
	struct slice line;
	struct error err;
	while (slice_line(&file, &line)) {
		for (size_t i = 0; i < line.len; i++)
			MUST(line.at[i] >= 0x20 && line.at[i] != 0x7f);
		slice_word(&line);
		MUST(slice_is(slice_word(&line), "pump1"));
		struct slice mark = slice_word(&line);
		bool sent = slice_is(mark, ">");
		if (sent || slice_is(mark, "<"))
			MUST(escape_decode(slice_cut(line, 1, line.len), &read->way[sent], &err));
	}
}

static uint32_t number(const uint8_t *at, size_t size, bool little)
{
	uint32_t value = 0;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | at[little ? size - 1 - i : i];
	return value;
}

/* Raw IPv4 and TCP behind a header of libpcap's; we are 10.0.0.1. */
static void read_capture(struct slice file, struct both *read)
{
	enum { FILE_HEADER = 24, RECORD_HEADER = 16 };
	MUST(file.len >= FILE_HEADER);
	file = slice_cut(file, FILE_HEADER, file.len);
	while (file.len) {
		MUST(file.len >= RECORD_HEADER);
		uint32_t size = number(file.at + 8, 4, true);
		MUST(size == number(file.at + 12, 4, true) && size >= 40 &&
			size <= file.len - RECORD_HEADER);
		struct slice packet = slice_cut(file, RECORD_HEADER, RECORD_HEADER + size);
		size_t ip = (packet.at[0] & 15) * 4u, tcp = (packet.at[ip + 12] >> 4) * 4u;
		MUST(number(packet.at + 2, 2, false) == size && ip + tcp <= size);
		bool sent = number(packet.at + 12, 4, false) == 0x0a000001;
		bytes_add(&read->way[sent], slice_cut(packet, ip + tcp, size));
		file = slice_cut(file, RECORD_HEADER + size, file.len);
	}
}

static void check(struct slice in, bool capture, const struct address *a)
{
	struct both said, read;
	struct bytes file;
	both_init(&said);
	both_init(&read);
	bytes_init(&file, 1 << 22);
	const char *name = capture ? "log.pcap" : "log";
	write_all(open_log(name, capture, a), in, &said);
	home_get(name, &file);
	(capture ? read_capture : read_log)(bytes_slice(&file), &read);
	both_same(&said, &read);
	both_free(&said);
	both_free(&read);
	bytes_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address a;
	struct error err;
	struct slice in = slice_of(data, size);
	if (size > 20000)
		return 0;
	MUST(address_parse(SLICE("10.0.0.2:9"), 0, &a, &err));
	check(in, false, &a);
	check(in, true, &a);
	address_free(&a);
	return 0;
}
