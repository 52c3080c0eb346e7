/* Records behind a TLS handshake.  The input is a script for both ends: what they write, and in
 * which pieces, damaged or not, the bytes on the wire are handed on.
 *
 * The engine gives exactly the content of the whole, undamaged records that it was fed with,
 * however they were cut.  It reports an end only behind the peer's close_notify, and a failure,
 * with its reason and for good, only behind damage or an alert.  What it was given to write is what
 * the server reads.  Neither is on the wire in the clear, and no memory grows with what comes. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "adapter/tls.h"
#include "fuzz/home.h"
#include "fuzz/server.h"

enum { CONTENT_MAX = 256 * 1024, WIRE_MAX = 64 * CONTENT_MAX, RECORDS_MAX = 1024 };
enum { BLOCK_MAX = 16 * 1024, JUNK = 4096, JUNK_TIMES = 256 };
enum { MEMORY_SPARE = 128 * 1024 }; /* for what does not depend on how much was sent */
enum { CLEAR = 16 };                /* so many bytes are not on the wire by chance */
enum { EMPTY_MAX = 32, WARNINGS_MAX = 3, ANSWERS_MAX = 200 };
enum { ALERT = 21, DATA = 23, CANCELLED = 90 }; /* types of records; an alert that means nothing */

static const size_t NEVER = SIZE_MAX;

/* What each end writes, from the beginning: no part of it comes twice. */
static struct content {
	uint8_t at[CONTENT_MAX];
} theirs, ours;

/* From the server to the engine.  An offset counts the bytes that the server sent. */
static struct {
	struct server end;
	struct bytes wire; /* not handed on yet */
	size_t handed, wrote, given;
	struct record {
		size_t behind, content; /* the offset behind it; the content up to there */
	} records[RECORDS_MAX];
	size_t n;
	size_t begun;                 /* the offset behind the server's handshake */
	bool broken;                  /* the server got what is no record */
	bool midway;                  /* it ended during a renegotiation */
	bool last;                    /* what it sent may have changed the keys */
	unsigned empty, warnings;     /* so many in a row, which OpenSSL limits */
	size_t damage, closed, alert; /* offsets, or NEVER */
} down;

/* From the engine to the server. */
static struct {
	struct tls *end;
	struct bytes wire;
	size_t asked, read;
	size_t block, answer;   /* bytes of a read, and written after each */
	unsigned answers;       /* so many times */
	bool open;              /* the handshake is complete */
	bool ending, shut;      /* close_notify is due; was sent */
	char why[TLS_TEXT_MAX]; /* of the failure; empty: none */
	size_t memory;          /* OpenSSL's after the handshake */
	size_t most, waited;    /* largest yet: a feed to either; what the server had not read */
} up;

/* ---- what must hold ---- */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void is_secret(struct slice wire, const struct content *content, size_t from, size_t to)
{
	MUST(to - from < CLEAR || !memmem(wire.at, wire.len, content->at + from, CLEAR));
}

/* The content of the records that end before an offset. */
static size_t content_before(size_t offset)
{
	for (size_t i = down.n; i > 0; i--)
		if (down.records[i - 1].behind <= offset)
			return down.records[i - 1].content;
	return 0;
}

/* Handshakes below TLS 1.3 begin in the clear, where anybody may add an alert that is ignored. */
static bool is_exact(void)
{
	return down.damage >= down.begun;
}

static void judge(enum tls_result result, const char *why)
{
	size_t whole = smaller(down.handed, down.damage), end = smaller(down.closed, down.alert);
	bool damaged = down.handed > down.damage;
	MUST(result != TLS_FAILED || *up.why || (*why && strcmp(why, "TLS") != 0));
	MUST(!*up.why || result == TLS_FAILED);
	if (!is_exact()) {
		MUST(result != TLS_CLOSED || down.given == content_before(down.closed));
		return;
	}
	MUST(down.given == content_before(smaller(whole, end)));
	if (whole >= down.closed)
		MUST(result == TLS_CLOSED || (result == TLS_FAILED && down.midway));
	else if (whole >= down.alert)
		MUST(result == TLS_FAILED);
	else
		MUST(result == TLS_WANT || (result == TLS_FAILED && damaged));
}

/* Buffers keep the size that they once needed. */
static void is_small(void)
{
	MUST(server_memory() <= up.memory + 2 * up.most + 4 * up.waited + MEMORY_SPARE);
}

/* ---- the engine ---- */

static void engine_sends(void)
{
	uint8_t block[1000];
	size_t n;
	while ((n = tls_functions.take(up.end, block, sizeof block)) > 0) {
		MUST(n <= sizeof block);
		MUST(bytes_add(&up.wire, slice_of(block, n)));
	}
}

static void engine_failed(const char *why)
{
	if (!*up.why)
		snprintf(up.why, sizeof up.why, "%s", why);
}

static void engine_handshakes(void)
{
	char why[TLS_TEXT_MAX] = "";
	enum tls_result result = tls_functions.handshake(up.end, why);
	up.open = result == TLS_OK;
	if (up.open)
		up.memory = server_memory();
	else
		judge(result, why);
	if (result == TLS_FAILED)
		engine_failed(why);
}

static void engine_writes(size_t n)
{
	char why[TLS_TEXT_MAX] = "";
	size_t had = up.wire.len;
	n = smaller(n, CONTENT_MAX - up.asked);
	if (!up.open || !n || up.ending)
		return;
	bool wrote = tls_functions.write(up.end, ours.at + up.asked, n, why);
	MUST(wrote || (*why && (*up.why || down.midway)));
	if (!wrote)
		engine_failed(why);
	engine_sends();
	is_secret(
		slice_cut(bytes_slice(&up.wire), had, up.wire.len), &ours, up.asked, up.asked + n);
	up.asked += wrote ? n : 0;
	up.waited = larger(up.waited, up.asked - up.read);
}

static void engine_reads(void)
{
	static uint8_t block[BLOCK_MAX];
	char why[TLS_TEXT_MAX];
	enum tls_result result;
	do {
		size_t n = up.block;
		*why = 0;
		result = tls_functions.read(up.end, block, &n, why);
		if (result != TLS_OK)
			break;
		MUST(n && n <= up.block && down.given + n <= down.wrote);
		MUST(memcmp(block, theirs.at + down.given, n) == 0);
		down.given += n;
		if (up.answers < ANSWERS_MAX && up.answer) {
			up.answers++;
			engine_writes(up.answer);
		}
	} while (true);
	judge(result, why);
	is_small();
	if (result == TLS_FAILED)
		engine_failed(*up.why ? up.why : why);
}

static void engine_ends(void)
{
	up.ending = up.open;
	up.shut |= up.ending && tls_functions.shutdown(up.end);
	engine_sends();
}

static void engine_gets(struct slice bytes)
{
	up.most = larger(up.most, bytes.len);
	down.handed += bytes.len;
	MUST(tls_functions.feed(up.end, bytes.at, bytes.len));
	if (!up.open)
		engine_handshakes();
	if (up.open)
		engine_reads();
	if (up.ending)
		engine_ends();
	engine_sends();
}

/* A size of 1 to 128, or of up to a whole record. */
static size_t input_size(struct slice *in)
{
	size_t n = input_byte(in);
	return n < 128 ? n + 1 : (n - 127) * 128;
}

/* ---- the server ---- */

static size_t offset(void)
{
	return down.handed + down.wire.len;
}

/* Returns whether something went onto the wire as it is. */
static bool server_sends(void)
{
	size_t had = down.wire.len;
	server_take(&down.end, &down.wire);
	return down.wire.len > had && down.damage == NEVER;
}

static void server_writes(size_t n, size_t padding)
{
	size_t had = down.wire.len;
	n = smaller(n, CONTENT_MAX - down.wrote);
	struct slice content = slice_of(theirs.at + down.wrote, n);
	if (down.n == RECORDS_MAX || !n || down.last)
		return;
	if (!(padding ? server_forge(&down.end, DATA, content, padding)
		      : server_write(&down.end, content)))
		return;
	down.wrote += n;
	down.empty = down.warnings = 0;
	if (server_sends())
		down.records[down.n++] = (struct record){offset(), down.wrote};
	is_secret(slice_cut(bytes_slice(&down.wire), had, down.wire.len), &theirs, down.wrote - n,
		down.wrote);
}

static void server_ends(void)
{
	bool renewing = server_renewing(&down.end);
	if (down.last)
		return;
	server_shutdown(&down.end);
	down.midway |= renewing;
	if (server_sends() && down.closed == NEVER && down.alert == NEVER)
		down.closed = offset();
}

static void server_warns(uint8_t level, uint8_t what)
{
	uint8_t alert[] = {level, what};
	if (what == 0) {
		server_ends();
		return;
	}
	if (down.warnings == WARNINGS_MAX ||
		!server_forge(&down.end, ALERT, slice_of(alert, sizeof alert), 0))
		return;
	down.warnings++;
	down.empty = 0;
	if (server_sends() && what != CANCELLED && down.closed == NEVER && down.alert == NEVER)
		down.alert = offset();
}

static void server_is_empty(size_t padding)
{
	if (down.empty == EMPTY_MAX || !server_forge(&down.end, DATA, (struct slice){0}, padding))
		return;
	down.empty++;
	down.warnings = 0;
	server_sends();
}

/* Whatever it is, it is no content; a key update may be among it. */
static void server_raves(uint8_t type, struct slice content)
{
	size_t had = offset();
	if (type == ALERT || type == DATA || !server_forge(&down.end, type, content, 0))
		return;
	down.last = true;
	if (server_sends())
		down.damage = had;
}

static void server_forges(unsigned how, struct slice *in)
{
	uint8_t first = (uint8_t)input_byte(in), second;
	if (down.last)
		return;
	switch (how % 4) {
	case 0:
		server_is_empty(first);
		break;
	case 1:
		server_writes(smaller(input_size(in), BLOCK_MAX - first), first);
		break;
	case 2:
		second = (uint8_t)input_byte(in);
		server_warns(first, second);
		break;
	default:
		server_raves(first, input_run(in));
	}
}

static void server_reads(void)
{
	static uint8_t block[BLOCK_MAX];
	size_t n;
	while ((n = server_read(&down.end, block, sizeof block)) > 0) {
		MUST(up.read + n <= up.asked && memcmp(block, ours.at + up.read, n) == 0);
		up.read += n;
	}
	server_sends();
	MUST(!down.end.closed || (up.shut && up.read == up.asked));
	MUST(!down.end.dead || down.broken || *up.why);
}

static void server_gets(size_t n)
{
	n = smaller(n, up.wire.len);
	up.most = larger(up.most, n);
	server_feed(&down.end, slice_of(up.wire.at, n));
	bytes_drop(&up.wire, n);
	server_reads();
}

/* The server gets what is no record, and says so by an alert. */
static void server_breaks(void)
{
	static const uint8_t junk[2 * BLOCK_MAX] = {0};
	size_t had = offset();
	if (down.broken || down.end.forges)
		return;
	down.broken = true;
	up.most = larger(up.most, sizeof junk);
	server_feed(&down.end, slice_of(junk, sizeof junk));
	server_reads();
	if (offset() > had && down.damage == NEVER && down.closed == NEVER)
		down.alert = offset();
}

/* ---- the wire ---- */

static void hand_on(size_t n)
{
	n = smaller(n, down.wire.len);
	if (!n)
		return;
	/* A block of its own, so that reading behind it is seen. */
	uint8_t *own = malloc(n);
	memcpy(own, down.wire.at, n);
	bytes_drop(&down.wire, n);
	engine_gets(slice_of(own, n));
	free(own);
}

/* Replaces n bytes of the wire. */
static void replace(size_t at, size_t n, struct slice by)
{
	struct bytes rest;
	bytes_init(&rest, WIRE_MAX);
	bytes_add(&rest, slice_cut(bytes_slice(&down.wire), at + n, down.wire.len));
	down.wire.len = at;
	MUST(bytes_add(&down.wire, by) && bytes_add(&down.wire, bytes_slice(&rest)));
	bytes_free(&rest);
}

/* Once in a run: a second time might mend it. */
static void damages(unsigned how, struct slice *in)
{
	size_t at = input_byte(in) * 64 + input_byte(in), n = input_byte(in) | 1;
	uint8_t copy[256];
	if (down.damage != NEVER || !down.wire.len || !in->len)
		return;
	at %= down.wire.len;
	n = smaller(n, down.wire.len - at);
	memcpy(copy, down.wire.at + at, n);
	down.damage = down.handed + at;
	switch (how % 4) {
	case 0: /* another byte */
		down.wire.at[at] ^= (uint8_t)n;
		break;
	case 1: /* bytes are missing */
		replace(at, n, (struct slice){0});
		break;
	case 2: /* bytes come twice */
		down.damage += n;
		replace(at, 0, slice_of(copy, n));
		break;
	default: /* foreign bytes */
		replace(at, 0, input_take(in, n));
	}
}

/* More than anybody may keep. */
static void flood(void)
{
	static uint8_t junk[JUNK];
	memset(junk, 23, sizeof junk);
	down.damage = smaller(down.damage, down.handed);
	for (int i = 0; i < JUNK_TIMES; i++)
		engine_gets(slice_of(junk, sizeof junk));
}

/* ---- the script ---- */

static void server_does(unsigned op, struct slice *in)
{
	switch (op % 8) {
	case 0:
		server_ends();
		break;
	case 1:
		server_breaks();
		break;
	case 2:
	case 3:
		server_renew(&down.end, op & 1);
		server_sends();
		break;
	case 4:
		server_forges(input_byte(in), in);
		break;
	default:
		for (size_t n = input_byte(in) % 32 + 1; n > 0; n--)
			server_writes(op % 8 + n % 3, 0);
	}
}

static void do_one(struct slice *in)
{
	unsigned op = input_byte(in), more = op / 12;
	switch (op % 12) {
	case 0:
	case 1:
		server_writes(input_size(in), 0);
		break;
	case 2:
		server_does(more, in);
		break;
	case 3:
	case 4:
		hand_on(input_size(in));
		break;
	case 5: /* cuts shortly before the end */
		hand_on(down.wire.len - smaller(more, down.wire.len));
		break;
	case 6: /* many small reads */
		for (size_t n = input_byte(in); n > 0; n--)
			hand_on(more % 4 + 1);
		break;
	case 7:
		engine_writes(input_size(in));
		break;
	case 8:
	case 9:
		server_gets(more ? input_size(in) : up.wire.len);
		break;
	case 10:
		damages(more, in);
		break;
	default:
		if (more < 4)
			engine_ends();
		else if (more == 4)
			flood();
		else
			up.answer = more % 4;
	}
}

/* ---- the run ---- */

static void prepare(void)
{
	unsigned long long state = 1;
	server_count_memory();
	fuzz_home();
	home_put("ca", slice_str(server_certificate));
	for (size_t i = 0; i < 2 * CONTENT_MAX; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		(i % 2 ? &theirs : &ours)->at[i / 2] = (uint8_t)(state >> 56);
	}
}

static bool begin(unsigned flags)
{
	static const int versions[] = {
		TLS1_3_VERSION, TLS1_3_VERSION, TLS1_2_VERSION, TLS1_VERSION};
	static const char *const ciphers[] = {"ECDHE-ECDSA-AES128-GCM-SHA256",
		"ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA"};
	/* An old version, whose records may be empty. */
	bool old = versions[flags % 4] == TLS1_VERSION;
	char path[128], why[TLS_TEXT_MAX];
	snprintf(path, sizeof path, "%s/ca", fuzz_home());
	struct tls_config config = {.name = "pump1.local",
		.ca = path,
		.verify = true,
		.oldest = old ? 0 : 2,
		.oldest_said = old};
	memset(&down, 0, sizeof down);
	memset(&up, 0, sizeof up);
	bytes_init(&down.wire, WIRE_MAX);
	bytes_init(&up.wire, WIRE_MAX);
	down.damage = down.closed = down.alert = down.begun = NEVER;
	bool known = server_open(&down.end, versions[flags % 4],
		old ? "ECDHE-ECDSA-AES128-SHA" : ciphers[flags / 4 % 3]);
	up.end = tls_functions.open(&config, why);
	MUST(up.end);
	return known;
}

/* Goes on until the server's handshake is complete; the engine may not have read its last bytes. */
static bool shake_hands(void)
{
	engine_handshakes();
	for (int i = 0; i < 8; i++) {
		engine_sends();
		server_feed(&down.end, bytes_slice(&up.wire));
		bytes_clear(&up.wire);
		bool done = server_handshake(&down.end);
		server_sends();
		if (done) {
			down.begun = offset();
			return true;
		}
		hand_on(down.wire.len);
	}
	return false;
}

/* Hands on all that there is. */
static void settle(void)
{
	while (down.wire.len || up.wire.len) {
		hand_on(down.wire.len);
		server_gets(up.wire.len);
	}
	MUST(down.damage != NEVER || up.open);
	if (smaller(down.damage, down.alert) == NEVER && !down.broken && !down.midway) {
		MUST(down.closed != NEVER || down.given == down.wrote);
		MUST(up.read == up.asked && down.end.closed == up.shut);
	}
}

static void describes(void)
{
	char text[TLS_TEXT_MAX];
	struct tls_certificate c;
	tls_functions.describe(up.end, text);
	MUST(strncmp(text, "TLSv1", 5) == 0 && strstr(text, ", "));
	MUST(tls_functions.certificate(up.end, &c) && c.verified && !*c.problem);
	MUST(strcmp(c.names, "pump1.local") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool prepared;
	struct slice in = slice_of(data, size);
	if (!prepared)
		prepare();
	prepared = true;
	bool known = begin(input_byte(&in));
	up.block = input_size(&in);
	if (known && shake_hands()) {
		while (in.len)
			do_one(&in);
		settle();
		if (up.open && !*up.why)
			describes();
	}
	tls_functions.close(up.end);
	server_free(&down.end);
	bytes_free(&down.wire);
	bytes_free(&up.wire);
	return 0;
}
