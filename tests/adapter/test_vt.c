/* The emulation of a terminal: what is on the screen, and what is kept, when its size changes. What
 * it does with anything at all is said by fuzz_vt.c. */
#include "adapter/vt.h"
#include "lib/tap.h"
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 20, HEIGHT = 6, KEPT = 50 };

static void on_answer(void *owner, const char *bytes, size_t size)
{
	(void)owner;
	(void)bytes;
	(void)size;
}

static struct vt *opened(const char *says)
{
	struct vt *vt = vt_functions.open(WIDTH, HEIGHT, KEPT, on_answer, NULL);
	vt_functions.feed(vt, says, strlen(says));
	return vt;
}

/* Compares the rows that are kept and those of the screen; a row ends in '|', the last in none. */
static void shows(struct vt *vt, const char *expected, const char *name)
{
	char *text = vt_functions.text(vt);
	for (char *c = text; *c; c++)
		*c = *c == '\n' ? '|' : *c;
	is_str(text, expected, "%s", name);
	free(text);
}

static void says(struct vt *vt, const char *bytes)
{
	vt_functions.feed(vt, bytes, strlen(bytes));
}

#define SIX "1\r\n2\r\n3\r\n4\r\n5\r\n6"

static void test_lower(void)
{
	unsigned view;
	struct vt *vt = opened("a\r\nb");
	vt_functions.resize(vt, WIDTH, 3);
	shows(vt, "a|b|", "empty rows below the cursor go first");
	is_int(vt_functions.kept(vt, &view), 0, "and are not kept");
	says(vt, "c");
	shows(vt, "a|bc|", "the cursor stays where it was");
	vt_functions.close(vt);

	vt = opened("1\r\n2\r\n3\r\n4\r\n5");
	vt_functions.resize(vt, WIDTH, 3);
	is_int(vt_functions.kept(vt, &view), 2, "then those at the top go, and are kept");
	shows(vt, "1|2|3|4|5", "in their order");
	vt_functions.resize(vt, WIDTH, HEIGHT);
	says(vt, "x");
	shows(vt, "1|2|3|4|5x|||", "a higher screen has room below");
	vt_functions.close(vt);

	vt = opened("1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[?6h\x1b[2;1H");
	vt_functions.resize(vt, WIDTH, 3);
	says(vt, "x");
	shows(vt, "1|2|x", "margins of a program do not matter");
	vt_functions.close(vt);
}

static void test_alternate(void)
{
	struct vt *vt = opened(SIX "\x1b[?1049h\x1b[2Jeditor");
	vt_functions.resize(vt, WIDTH, 3);
	ok(vt_functions.cursor(vt).alternate, "a lower screen stays the alternate one");
	says(vt, "\x1b[H\x1b[2Jedited");
	shows(vt, "1|2|3|edited||", "and is drawn");
	says(vt, "\x1b[?1049l");
	shows(vt, "1|2|3|4|5|6", "behind it nothing of the main screen is lost");
	says(vt, "x");
	shows(vt, "1|2|3|4|5|6x", "and the cursor is where its text is");
	vt_functions.close(vt);

	vt = opened("a\r\nb\x1b[?1049;25h\x1b[6;1Heditor");
	vt_functions.resize(vt, 10, 3);
	vt_functions.resize(vt, WIDTH, HEIGHT);
	says(vt, "\x1b[?1049lc");
	shows(vt, "a|bc||||", "with empty rows below it, too");
	vt_functions.close(vt);

	vt = opened("a\r\nb\x1b[?47h\x1b[6;1Heditor");
	vt_functions.resize(vt, WIDTH, 3);
	says(vt, "\x1b[?47l");
	shows(vt, "a|b|", "and where the program moves the cursor itself");
	vt_functions.close(vt);

	vt = opened(SIX "\x1b[?1049h");
	vt_functions.resize(vt, WIDTH, 3);
	vt_functions.reset(vt);
	says(vt, "new");
	ok(!vt_functions.cursor(vt).alternate, "a reset leaves it");
	shows(vt, "1|2|3|new||", "and the rows that are kept stay");
	vt_functions.close(vt);
}

static void test_long(void)
{
	char sequence[300] = "\x1b[";
	struct vt *vt = opened("a");
	memset(sequence + 2, '1', sizeof sequence - 3);
	says(vt, sequence);
	says(vt, "\nm");
	says(vt, "b");
	shows(vt, "a| b||||", "a sequence that is too long does nothing, and shows nothing");
	vt_functions.close(vt);
}

static void test_pastes(void)
{
	static const struct {
		const char *says;
		bool marks;
	} steps[] = {{"", false}, {"\x1b[?2004h", true}, {"\x1b[?12004l\x1b[2004l", true},
		{"\x1b[?1;2004l", false}, {"\x1b[?25;2004;1h", true},
		{"\x1b"
		 "c",
			false}};
	struct vt *vt = opened("");
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		says(vt, steps[i].says);
		ok(vt_functions.marks_pastes(vt) == steps[i].marks,
			"pastes are marked, or not: %zu", i);
	}
	says(vt, "\x1b[?2004h");
	vt_functions.reset(vt);
	ok(!vt_functions.marks_pastes(vt), "nor after a reset");
	vt_functions.close(vt);
}

int main(void)
{
	test_long();
	test_pastes();
	test_lower();
	test_alternate();
	return tap_done();
}
