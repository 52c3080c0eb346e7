/* Marks of bytes that came damaged (PARMRK), in whatever pieces they are read. */
#include "lib/tap.h"
#include "transport/marks.h"
#include <stdio.h>
#include <string.h>

/* What came, as text: good bytes as they are, "(X)" for a damaged one. */
static char text[256];
static size_t bads[16], bad_count;
static uint8_t bad_bytes[16];
static bool keeps;

static bool on_bad(void *arg, size_t at, uint8_t byte)
{
	(void)arg;
	bads[bad_count] = at;
	bad_bytes[bad_count++] = byte;
	return keeps;
}

static void take(struct marks *m, const char *from, size_t n)
{
	uint8_t room[64];
	memcpy(room, from, n);
	bad_count = 0;
	size_t kept = marks_take(m, room, n, on_bad, NULL);
	for (size_t i = 0, bad = 0; i <= kept; i++) {
		size_t len = strlen(text);
		for (; bad < bad_count && bads[bad] == i; bad++, len = strlen(text))
			snprintf(text + len, sizeof text - len, "(%c)",
				bad_bytes[bad] ? bad_bytes[bad] : '-');
		if (i < kept)
			snprintf(text + len, sizeof text - len, "%c",
				room[i] == 0xff ? '!' : room[i]);
	}
}

/* Takes the bytes in every two pieces. */
static void takes(const char *bytes, size_t n, const char *expected, const char *name)
{
	bool good = true;
	for (size_t cut = 0; cut <= n && good; cut++) {
		struct marks m = {0};
		text[0] = 0;
		take(&m, bytes, cut);
		take(&m, bytes + cut, n - cut);
		good = strcmp(text, expected) == 0;
	}
	is_str(text, expected, "%s", name);
}

#define TAKES(bytes, expected, name) takes(bytes, sizeof bytes - 1, expected, name)

int main(void)
{
	TAKES("abc", "abc", "bytes without marks");
	TAKES("a\377\377b", "a!b", "a byte ff");
	TAKES("\377\377\377\377", "!!", "two of them");
	TAKES("\377\0x\377\377", "(x)!", "a damaged byte, which is not kept");
	TAKES("a\377\0\0b", "a(-)b", "a break");
	TAKES("a\377\0\377b", "a(\377)b", "a damaged ff is not doubled");
	TAKES("\377\0x\377\0y", "(x)(y)", "two damaged bytes");
	TAKES("a\377bc", "a!bc", "ff where nothing is marked");
	TAKES("\377b\377\377", "!b!", "and at the beginning");
	keeps = true;
	TAKES("a\377\0xb", "a(x)xb", "a damaged byte that is kept");
	TAKES("\377\0\377\377\377", "(\377)!!", "and a damaged ff");
	return tap_done();
}
