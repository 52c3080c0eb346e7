/* What happened, of all devices: in order, within one cap, and with a fair share for each. */
#include "lib/tap.h"
#include "record/record.h"
#include "session/exchange.h"
#include "session/shelf.h"
#include <malloc.h>
#include <string.h>

enum { SMALL = 64 * 1024, LARGE = 1024 * 1024, MANY = 20000 };

static struct frame_book *book;
static struct frame *frame;
static struct shelf *shelf; /* of the device that talks */
static struct record record;
static struct record_device *flooding, *quiet;
static struct error err;

static void begin(size_t cap)
{
	record_init(&record);
	record.cap = cap;
	flooding = record_device(&record, NULL);
	quiet = record_device(&record, NULL);
}

static void end(void)
{
	shelf_leave(shelf);
	shelf = NULL;
	record_free(&record);
}

static void add(struct record_device *device, struct exchange *x, enum exchange_status status)
{
	exchange_end(x, status, 2, NULL, NULL);
	record_exchange(&record, device, x, record.count);
}

static struct split_event event_of(struct slice bytes)
{
	return (struct split_event){.kind = SPLIT_FRAME,
		.end = END_DELIMITER,
		.end_bytes = SLICE("\n"),
		.has_payload = true,
		.payload = bytes,
		.raw = bytes};
}

static void command(struct record_device *device, struct slice reply)
{
	struct exchange *x = exchange_command(frame, SLICE("ask"), false);
	struct split_event event = event_of(reply);
	exchange_take(x, &event);
	add(device, x, EXCHANGE_OK);
}

/* A frame that nobody asked for. */
static void frame_came(struct record_device *device, struct slice bytes)
{
	struct split_event event = event_of(bytes);
	add(device, exchange_alone(&shelf, frame, (struct timespec){1, 0}, &event),
		EXCHANGE_UNSOLICITED);
}

/* Numbers ascend, what is counted is what is there, and it is not too much. */
static bool right(void)
{
	size_t held = 0, of_devices = 0;
	bool good = true;
	for (size_t i = 0; i < record.count; i++) {
		const struct entry *e = &record.at[i];
		held += e->size;
		good = good && (!i || e[-1].id < e->id) && record_find(&record, e->id) == e;
	}
	for (size_t i = 0; i < record.device_count; i++)
		of_devices += record.devices[i]->held;
	return good && held == record.held && held == of_devices && held <= record.cap;
}

static size_t count_of(const struct record_device *device)
{
	size_t count = 0;
	for (size_t i = 0; i < record.count; i++)
		count += record.at[i].device == device;
	return count;
}

/* ---- tests ---- */

static void test_order(void)
{
	begin(SMALL);
	command(quiet, SLICE("one"));
	record_text(&record, ENTRY_NOTE, SLICE("a note"));
	record_text(&record, ENTRY_ERROR, SLICE("an error"));
	ok(record.count == 3 && record.at[0].command && !record.at[0].wrong && record.at[2].wrong &&
			strcmp(record.at[1].text, "a note") == 0,
		"exchanges and what wilco said, in the order in which they came");
	struct exchange *x = exchange_command(frame, SLICE("slow"), false);
	exchange_end(x, EXCHANGE_TIMEOUT, 2, NULL, "nothing came");
	record_exchange(&record, quiet, x, 1);
	ok(record.at[1].exchange == x && record.at[1].wrong && record.at[1].id == 1 &&
			record.at[2].id == 2 && strcmp(record.at[2].text, "a note") == 0 &&
			record.ever == 4,
		"one that stands in front of others has their number, and they the next");
	ok(record.newest == 1 && record.at[1].time.tv_sec > 0, "it is the newest all the same");
	ok(right(), "and all is counted");
	end();
}

/* A device that talks without end, between commands to another one. */
static void test_flood(void)
{
	begin(SMALL);
	struct mallinfo2 before = mallinfo2();
	size_t wrong = 0;
	for (size_t i = 0; i < MANY; i++) {
		if (i % (MANY / 20) == 0)
			command(quiet, SLICE("the answer"));
		else
			frame_came(flooding, SLICE("a frame of some thirty characters"));
		wrong += !right();
	}
	struct mallinfo2 after = mallinfo2();
	is_int(wrong, 0, "the cap holds at all times");
	ok(count_of(quiet) == 20 && !quiet->commands_gone,
		"a flood does not push out what others said");
	ok(flooding->held > SMALL / 2, "but has what they do not need");
	is_int(record.count + record_gone(&record), MANY, "what had to go is counted");
	const struct entry *first = &record.at[0], *last = &record.at[record.count - 1];
	ok(first->device == quiet && last->id == MANY - 1, "the oldest goes first");
	ok(!record_find(&record, 1) && record_index(&record, 1) == 1 && record.at[1].id > 1 &&
			record_index(&record, MANY) == record.count,
		"the number of one that is gone means the next that is there");
	size_t grown = after.uordblks > before.uordblks ? after.uordblks - before.uordblks : 0;
	if (tap_slow())
		tap_note("the memory is not looked at: a tool's own counts with it");
	else
		ok(grown < 2 * SMALL + 64 * 1024, "and it is the memory that is meant, %zu bytes",
			grown);
	end();
}

static void test_shares(void)
{
	enum { DEVICES = 50 };
	struct record_device *few[DEVICES];
	begin(LARGE);
	for (size_t i = 0; i < DEVICES; i++) {
		few[i] = record_device(&record, NULL);
		for (size_t n = 0; n < i; n++)
			command(few[i], SLICE("the answer"));
	}
	for (size_t i = 0; i < MANY; i++)
		command(i % 10 ? flooding : quiet, SLICE("a longer answer to a command"));
	size_t gone = 0;
	for (size_t i = 0; i < DEVICES; i++)
		gone += few[i]->commands_gone;
	is_int(gone, 0, "who has little loses nothing");
	ok(right() && record.held > LARGE * 7 / 8, "all of the memory is used");
	size_t more = flooding->held, less = quiet->held;
	ok(less > more * 3 / 4 && more > less * 3 / 4,
		"two that talk much have the same, though one talks ten times as much: %zu, %zu",
		more, less);
	is_int(count_of(flooding) + flooding->commands_gone, MANY - MANY / 10,
		"commands that had to go are counted for each");
	for (size_t i = 0; i < MANY; i++)
		record_text(&record, ENTRY_OUTPUT, SLICE("what wilco has to say about something"));
	for (size_t i = 0; i < DEVICES; i++)
		gone += few[i]->commands_gone;
	ok(right() && !gone && record.devices[0]->held > LARGE / 8,
		"what wilco says has its share, too");
	end();
}

static void test_newest(void)
{
	static char large[LARGE];
	begin(SMALL);
	for (size_t i = 0; i < 100; i++)
		command(quiet, SLICE("the answer"));
	command(quiet, slice_of(large, sizeof large));
	ok(record.count == 1 && record.held > LARGE && record.newest == 100,
		"the newest exchange is kept, whatever its size");
	record_text(&record, ENTRY_NOTE, SLICE("a note"));
	ok(record.count == 2 && record_find(&record, 100), "also when wilco says something");
	command(quiet, SLICE("the answer"));
	ok(record.count < 3 && record.held < SMALL && right(), "until the next one comes");
	record.cap = 1;
	record_text(&record, ENTRY_NOTE, SLICE("a note"));
	ok(record.count == 2 && record.at[1].kind == ENTRY_NOTE, "what was just said is there");
	end();
}

/* Fields of a frame take more memory than its bytes. */
static void test_fields(void)
{
	struct frame *plain = frame;
	struct frame_values with = {0};
	begin(LARGE);
	command(quiet, SLICE("the answer"));
	frame = frame_find(book, SLICE("modbus-tcp"), &err);
	struct exchange *x = exchange_command(frame, SLICE("ask"), false);
	struct split_event event = event_of(SLICE("the answer"));
	event.values = with.at;
	exchange_take(x, &event);
	add(quiet, x, EXCHANGE_OK);
	size_t fields = frame_field_count(frame) * sizeof(struct field_value);
	ok(fields > 0 && x->replies->fields && record.at[1].size >= record.at[0].size + fields,
		"what a frame says besides its bytes is counted");
	frame_unref(frame);
	frame = plain;
	end();
}

/* Nothing but the setting says how much is kept. */
static void test_no_other_limit(void)
{
	enum { ENTRIES = 300 * 1000 };
	begin(LIMIT_FRAME_MOST);
	for (size_t i = 0; i < ENTRIES; i++)
		frame_came(flooding, SLICE("a frame"));
	ok(record.count == ENTRIES && !record_gone(&record), "%d entries below the cap", ENTRIES);
	end();
}

int main(void)
{
	book = frame_book_new();
	frame = frame_find(book, SLICE("payload LF"), &err);
	test_order();
	test_flood();
	test_shares();
	test_newest();
	test_fields();
	test_no_other_limit();
	frame_unref(frame);
	frame_book_free(book);
	return tap_done();
}
