/* Bytes of real protocols: tests/frame/vectors.tsv, one frame or reply a line, with where they come
 * from.  Commands encode to exactly these bytes; every wire decodes whole, byte by byte, at every
 * cut, with the input ending at a page that cannot be read.  Then the same bytes are spoilt in
 * every way that lines spoil them. */
#include "lib/tap.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wilco/frame.h>

enum { ROWS_MAX = 400, PARTS_MAX = 16 };

struct row {
	char protocol[160], note[128];
	enum frame_side side;
	struct bytes payloads[PARTS_MAX];
	size_t payload_count;
	struct bytes wire;
	char fields[64], expect[16], flags[64];
	struct frame *frame;
	struct frame_values values;
};

static struct frame_book *book;
static struct row rows[ROWS_MAX];
static size_t row_count;
static struct bytes pending, scratch;

static bool has(const struct row *r, const char *flag)
{
	return strstr(r->flags, flag) != NULL;
}

static int nibble(char c)
{
	return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

static void add_hex(struct bytes *out, const char *hex, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		bytes_add_byte(out, (uint8_t)(nibble(hex[i]) << 4 | nibble(hex[i + 1])));
}

static void read_payloads(struct row *r, char *text)
{
	for (char *save, *part = strtok_r(text, "|", &save); part;
		part = strtok_r(NULL, "|", &save)) {
		bytes_init(&r->payloads[r->payload_count], 1 << 20);
		if (*part != '-')
			add_hex(&r->payloads[r->payload_count], part, strlen(part));
		r->payload_count++;
	}
}

static void read_fields(struct row *r)
{
	char copy[64];
	struct error err;
	snprintf(copy, sizeof copy, "%s", r->fields);
	for (char *save, *one = strtok_r(copy, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		char *equals = strchr(one, '=');
		int index = frame_field_index(r->frame, slice_of(one, (size_t)(equals - one)));
		if (index >= 0)
			frame_field_parse(
				r->frame, (size_t)index, slice_str(equals + 1), r->values.at, &err);
	}
}

static void read_rows(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	struct error err;
	bool first = true;
	if (!ok(f != NULL, "%s opens", path))
		return;
	while (getline(&line, &size, f) > 0 && row_count < ROWS_MAX) {
		char *at = line, *columns[9] = {0};
		for (int i = 0; i < 9 && at; i++)
			columns[i] = strsep(&at, "\t\n");
		if (first || !columns[8]) {
			first = false;
			continue;
		}
		struct row *r = &rows[row_count++];
		snprintf(r->protocol, sizeof r->protocol, "%s", columns[0]);
		r->side = strcmp(columns[1], "tx") == 0 ? SIDE_COMMAND : SIDE_REPLY;
		read_payloads(r, columns[2]);
		bytes_init(&r->wire, 1 << 20);
		add_hex(&r->wire, columns[3], strlen(columns[3]));
		snprintf(r->note, sizeof r->note, "%.120s", columns[4]);
		snprintf(r->fields, sizeof r->fields, "%s", columns[5]);
		snprintf(r->expect, sizeof r->expect, "%s", columns[7]);
		snprintf(r->flags, sizeof r->flags, "%s", columns[8]);
		r->frame = frame_find(book, slice_str(r->protocol), &err);
		if (!ok(r->frame != NULL, "%s compiles", r->protocol))
			exit(1);
		read_fields(r);
	}
	free(line);
	fclose(f);
}

/* ---- decode ---- */

struct tally {
	size_t frames, damaged, partial, oversize, stray, inside, stray_bytes, raw_bytes;
	bool same; /* the payloads are those of the row, in order, and nothing is wrong with them */
};

static void count_event(const struct row *r, const struct split_event *e, struct tally *t)
{
	t->raw_bytes += e->mark == MARK_INSIDE ? 0 : e->raw.len;
	switch (e->kind) {
	case SPLIT_FRAME:
		if (t->frames >= r->payload_count || e->fault != FAULT_NONE ||
			!slice_equal(e->payload, bytes_slice(&r->payloads[t->frames])))
			t->same = false;
		t->frames++;
		t->inside += e->mark == MARK_INSIDE;
		break;
	case SPLIT_DAMAGED:
		t->damaged++;
		break;
	case SPLIT_PARTIAL:
		t->partial++;
		break;
	case SPLIT_OVERSIZE:
		t->oversize++;
		break;
	case SPLIT_STRAY:
		t->stray++;
		t->stray_bytes += e->raw.len;
		break;
	case SPLIT_ACK:
		break;
	}
}

static void take(const struct row *r, struct split *s, struct tally *t)
{
	struct split_event e;
	while (split_next(s, &e))
		count_event(r, &e, t);
}

/* Fed as [0, cut) and the rest, or byte by byte when cut is SIZE_MAX; then the end of the row. */
static struct tally decode(const struct row *r, struct slice wire, size_t cut, bool always_end)
{
	struct frame_values came;
	struct tally t = {.same = true};
	bytes_clear(&pending);
	struct split *s =
		split_new(r->frame, r->side, r->values.at, came.at, 0, &pending, &scratch);
	for (size_t at = 0; at < wire.len;) {
		size_t n = cut == SIZE_MAX ? 1 : at < cut ? cut - at : wire.len - at;
		split_feed(s, slice_cut(wire, at, at + n));
		take(r, s, &t);
		at += n;
	}
	if (has(r, "eof"))
		split_close(s);
	else if (has(r, "gap") || has(r, "idle") || always_end)
		split_silence(s);
	take(r, s, &t);
	split_free(s);
	t.same &= t.frames == r->payload_count;
	return t;
}

static bool as_expected(const struct row *r, const struct tally *t)
{
	if (strcmp(r->expect, "ok") == 0)
		return t->same && !t->damaged && !t->partial && !t->stray;
	if (strcmp(r->expect, "bad") == 0)
		return t->frames == 0 && t->damaged == 1;
	return t->frames == 0 && t->partial == 1;
}

static void test_decode(const struct row *r, const char *name)
{
	size_t page = 1 << 16, n = r->wire.len;
	uint8_t *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(map + page, page, PROT_NONE);
	memcpy(map + page - n, r->wire.at, n);
	struct slice wire = slice_of(map + page - n, n);
	struct tally t = decode(r, wire, n, false);
	if (!ok(as_expected(r, &t), "%s: decodes (%s)", name, r->note))
		tap_note("frames %zu damaged %zu partial %zu stray %zu", t.frames, t.damaged,
			t.partial, t.stray);
	t = decode(r, wire, SIZE_MAX, false);
	bool same = as_expected(r, &t);
	for (size_t cut = 1; cut < n && same; cut++) {
		t = decode(r, wire, cut, false);
		same = as_expected(r, &t);
	}
	ok(same, "%s: byte by byte and at every cut", name);
	munmap(map, 2 * page);
}

/* ---- encode ---- */

static bool encode(const struct row *r, size_t part, struct bytes *wire, struct error *err)
{
	struct frame_values sent = r->values;
	return frame_encode(r->frame, r->side, bytes_slice(&r->payloads[part]), r->values.at,
		sent.at, 0, &scratch, wire, err);
}

static void test_command(const struct row *r, const char *name)
{
	struct bytes wire;
	struct error err;
	bytes_init(&wire, 1 << 20);
	bool good = encode(r, 0, &wire, &err);
	if (!good)
		tap_note("%s", err.what);
	is_bytes(bytes_slice(&wire), bytes_slice(&r->wire), "%s: encodes (%s)", name, r->note);
	bytes_free(&wire);
}

/* The device's side may choose among layouts: what it sends is read back as the same payloads. */
static void test_reply(const struct row *r, const char *name)
{
	struct bytes wire;
	struct error err = {0};
	bool good = true;
	bytes_init(&wire, 1 << 20);
	for (size_t i = 0; i < r->payload_count && good; i++)
		good = encode(r, i, &wire, &err);
	struct tally t = decode(r, bytes_slice(&wire), wire.len, false);
	if (!ok(good && t.same && !t.damaged && !t.stray, "%s: encodes as the device (%s)", name,
		    r->note))
		tap_note("%s; frames %zu damaged %zu stray %zu", err.what, t.frames, t.damaged,
			t.stray);
	bytes_free(&wire);
}

/* ---- spoilt ---- */

static bool ends_by_bytes(const struct row *r)
{
	return strcmp(r->expect, "ok") == 0 && !has(r, "eof") && !has(r, "gap") && !has(r, "any") &&
	       !has(r, "nodec") && !has(r, "idle");
}

/* Bytes that cannot begin this frame: a literal comes first on every variant. */
static bool has_start(const struct row *r)
{
	static const char *const names[] = {"pjl", "zpl-hs", "christie", "pjlink", "mllp", "nmea",
		"gdb", "modbus-ascii", "ihex", "srec", "iec62056-21", "stx-lrc", "ecr17", "df1-bcc",
		"df1-crc", "zwave", "mbus", "ubx", "fins-tcp", "sysex", "firmata-str", "tpkt",
		"pelco-d", "pelco-p"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(r->protocol, names[i]) == 0)
			return true;
	return false;
}

static void test_garbage(void)
{
	size_t runs = 0, recovered = 0;
	srand(7);
	for (size_t i = 0; i < row_count; i++) {
		const struct row *r = &rows[i];
		if (!ends_by_bytes(r) || !has_start(r) ||
			(strcmp(r->protocol, "zpl-hs") == 0 && r->side == SIDE_COMMAND))
			continue;
		for (int round = 0; round < 8; round++) {
			struct bytes wire;
			bool between = round % 2;
			size_t times = between ? 2 : 1;
			bytes_init(&wire, 1 << 20);
			if (between)
				bytes_add(&wire, bytes_slice(&r->wire));
			for (int k = rand() % 6 + 1; k; k--)
				bytes_add_byte(&wire, (uint8_t) "\x99\xee~?xyz"[rand() % 7]);
			bytes_add(&wire, bytes_slice(&r->wire));
			struct tally t = decode(r, bytes_slice(&wire), wire.len, true);
			bool good = t.frames == times * r->payload_count && t.stray == 1 &&
				    (between || t.same);
			runs++;
			recovered += good;
			if (!good)
				tap_note("%s: frames %zu stray %zu damaged %zu", r->protocol,
					t.frames, t.stray, t.damaged);
			bytes_free(&wire);
		}
	}
	ok(runs > 300 && recovered == runs, "garbage in front and between: %zu of %zu recovered",
		recovered, runs);
}

/* The layout of this row carries a check; some frames have others that do not. */
static bool is_checked(const struct row *r)
{
	const char *n = frame_notation(r->frame);
	if (strstr(r->note, "no LRC") || strstr(r->note, "without checksum") ||
		strcmp(r->protocol, "stm32-get") == 0)
		return false;
	return strstr(n, "sum") || strstr(n, "crc") || strstr(n, "xor8") || strstr(n, "fletcher");
}

static bool has_payload(const struct row *r, struct split *s)
{
	struct split_event e;
	bool found = false;
	while (split_next(s, &e))
		found |= e.kind == SPLIT_FRAME &&
			 slice_equal(e.payload, bytes_slice(&r->payloads[0]));
	return found;
}

/* Every truncation, then a fresh frame: it comes out.  Without a pause between only a check can
 * tell that the first one was cut; with a pause every layout can. */
static void test_truncation(bool pause)
{
	size_t runs = 0, recovered = 0;
	for (size_t i = 0; i < row_count; i++) {
		const struct row *r = &rows[i];
		if (!ends_by_bytes(r) || r->payload_count != 1 ||
			(!pause && (!has_start(r) || !is_checked(r))))
			continue;
		for (size_t cut = 1; cut < r->wire.len; cut++) {
			struct frame_values came;
			bytes_clear(&pending);
			struct split *s = split_new(
				r->frame, r->side, r->values.at, came.at, 0, &pending, &scratch);
			split_feed(s, slice_cut(bytes_slice(&r->wire), 0, cut));
			bool found = false;
			has_payload(r, s);
			if (pause)
				split_silence(s);
			has_payload(r, s);
			split_feed(s, bytes_slice(&r->wire));
			found |= has_payload(r, s);
			split_silence(s);
			found |= has_payload(r, s);
			split_free(s);
			runs++;
			recovered += found;
			if (!found)
				tap_note("%s cut at %zu of %zu (%s)", r->protocol, cut, r->wire.len,
					r->note);
		}
	}
	/* Two NMEA sentences run together have a right checksum by chance. */
	ok(runs > 500 && recovered + (pause ? 0 : 2) >= runs,
		"truncated, %sthen a fresh frame: %zu of %zu recovered", pause ? "a pause, " : "",
		recovered, runs);
}

/* One bit flipped in each byte of checked frames: no frame comes out with another payload, unless
 * the flip made a layout that carries no check. */
static void test_flips(void)
{
	size_t runs = 0, marked = 0, harmless = 0, passed = 0;
	for (size_t i = 0; i < row_count; i++) {
		const struct row *r = &rows[i];
		if (strcmp(r->expect, "ok") != 0 || has(r, "any") || has(r, "nodec") ||
			!is_checked(r) || r->payload_count != 1)
			continue;
		for (size_t at = 0; at < r->wire.len; at++) {
			struct bytes wire;
			bytes_init(&wire, 1 << 20);
			bytes_add(&wire, bytes_slice(&r->wire));
			wire.at[at] ^= (uint8_t)(1 << (at % 8));
			struct tally t = decode(r, bytes_slice(&wire), wire.len, true);
			runs++;
			if (t.frames && t.same)
				harmless++;
			else if (t.frames) {
				passed++;
				if (getenv("VERBOSE_FLIPS"))
					tap_note("%s at %zu of %zu (%s)", r->protocol, at,
						r->wire.len, r->note);
			} else
				marked++;
			bytes_free(&wire);
		}
	}
	tap_note("%zu flips: %zu marked, %zu harmless, %zu into layouts without a check", runs,
		marked, harmless, passed);
	ok(runs > 1000 && harmless * 50 < runs && passed * 300 < runs,
		"one flipped bit in each byte of checked frames is marked");
}

/* Cut at random places into many pieces, with rubbish between: the events are the same. */
static void test_random_cuts(void)
{
	bool same = true;
	srand(11);
	for (int round = 0; round < 2000 && same; round++) {
		const struct row *r = &rows[(size_t)rand() % row_count];
		struct bytes wire;
		struct tally a, b;
		bytes_init(&wire, 1 << 20);
		for (int k = 0; k < 3; k++) {
			struct slice piece = bytes_slice(&r->wire);
			if (rand() % 2)
				piece = slice_cut(
					piece, (size_t)rand() % (piece.len + 1), piece.len);
			if (rand() % 3 == 0)
				piece = slice_cut(piece, 0, (size_t)rand() % (piece.len + 1));
			bytes_add(&wire, piece);
			if (wire.len && rand() % 2)
				wire.at[(size_t)rand() % wire.len] ^= (uint8_t)(1 << rand() % 8);
		}
		a = decode(r, bytes_slice(&wire), wire.len, true);
		b = decode(r, bytes_slice(&wire), SIZE_MAX, true);
		same = memcmp(&a, &b, sizeof a) == 0;
		if (!same) {
			tap_note("%s: whole %zu frames %zu damaged %zu stray %zu inside, bytewise "
				 "%zu %zu "
				 "%zu %zu",
				r->protocol, a.frames, a.damaged, a.stray_bytes, a.inside, b.frames,
				b.damaged, b.stray_bytes, b.inside);
			fprintf(stderr, "# ");
			for (size_t k = 0; k < wire.len; k++)
				fprintf(stderr, "%02x", wire.at[k]);
			fprintf(stderr, "\n");
		}
		bytes_free(&wire);
	}
	ok(same, "2,000 spoilt streams: the same events whole and byte by byte");
}

int main(void)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], name[256];
	book = frame_book_new();
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	snprintf(path, sizeof path, "%s/tests/frame/vectors.tsv", srcdir ? srcdir : ".");
	read_rows(path);
	for (size_t i = 0; i < row_count; i++) {
		const struct row *r = &rows[i];
		snprintf(name, sizeof name, "%s %s %zu", r->protocol,
			r->side == SIDE_COMMAND ? "tx" : "rx", i + 2);
		if (!has(r, "nodec"))
			test_decode(r, name);
		if (!has(r, "noenc") && r->side == SIDE_COMMAND)
			test_command(r, name);
		if (!has(r, "noenc") && r->side == SIDE_REPLY)
			test_reply(r, name);
	}
	test_garbage();
	test_truncation(true);
	test_truncation(false);
	test_flips();
	test_random_cuts();
	for (size_t i = 0; i < row_count; i++) {
		for (size_t k = 0; k < rows[i].payload_count; k++)
			bytes_free(&rows[i].payloads[k]);
		bytes_free(&rows[i].wire);
		frame_unref(rows[i].frame);
	}
	bytes_free(&pending);
	bytes_free(&scratch);
	frame_book_free(book);
	return tap_done();
}
