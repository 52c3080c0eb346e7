/* The emulation of a terminal, fed with anything, in pieces, resized meanwhile, with keys and rows
 * that are looked back at: every cell is drawn once, the cursor is on the screen, answers stay in
 * proportion to what came, and the pieces in which it came make no difference. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "adapter/vt.h"

enum { KEPT = 50, ANSWERS = 8, ANSWERS_LEAST = 64 };

static struct {
	size_t came, answered;
	unsigned width, height, rows;
	uint32_t sum;
} seen;

static void on_answer(void *owner, const char *bytes, size_t size)
{
	MUST(owner == &seen && bytes);
	seen.answered += size;
	MUST(seen.answered <= ANSWERS_LEAST + ANSWERS * seen.came);
}

static void on_row(void *arg, unsigned y, const struct vt_cell *cells, unsigned width)
{
	MUST(arg == &seen && width == seen.width && y == seen.rows++);
	for (unsigned x = 0; x < width; x++) {
		MUST(cells[x].width <= 2);
		MUST(cells[x].fore >= -1 && cells[x].fore < 256);
		MUST(cells[x].ground >= -1 && cells[x].ground < 256);
		seen.sum = seen.sum * 31 + cells[x].code + cells[x].style;
	}
}

/* Returns a sum over what is shown. */
static uint32_t drawn(struct vt *vt)
{
	seen.rows = seen.sum = 0;
	vt_functions.draw(vt, on_row, &seen);
	MUST(seen.rows == seen.height);
	struct vt_cursor at = vt_functions.cursor(vt);
	MUST(at.x < seen.width && at.y < seen.height);
	return seen.sum * 31 + at.x + 1000 * at.y;
}

static unsigned limited(unsigned value, unsigned least, unsigned most)
{
	return value < least ? least : value > most ? most : value;
}

static void size(struct vt *vt, unsigned width, unsigned height)
{
	MUST(vt_functions.resize(vt, width, height));
	seen.width = limited(width, VT_WIDTH_MIN, VT_WIDTH_MAX);
	seen.height = limited(height, VT_HEIGHT_MIN, VT_HEIGHT_MAX);
}

static void look_back(struct vt *vt, unsigned rows)
{
	unsigned view, before;
	vt_functions.view(vt, rows);
	unsigned kept = vt_functions.kept(vt, &view);
	MUST(kept <= KEPT && view == (rows < kept ? rows : kept));
	char *text = vt_functions.text(vt);
	MUST(text);
	unsigned lines = 1;
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	MUST(lines == kept + seen.height);
	free(text);
	vt_functions.kept(vt, &before);
	MUST(before == view);
}

static void feed(struct vt *vt, struct slice bytes)
{
	seen.came += bytes.len;
	vt_functions.feed(vt, (const char *)bytes.at, bytes.len);
}

static void step(struct vt *vt, unsigned what, struct slice *in)
{
	char key[8];
	switch (what) {
	case 0:
		size(vt, input_byte(in) * 4, input_byte(in));
		break;
	case 1:
		seen.came += 64; /* a device may ask for an echo of keys */
		MUST(vt_functions.key(vt, (enum vt_key)(input_byte(in) % 6), key) <= sizeof key);
		break;
	case 2:
		look_back(vt, input_byte(in) % (2 * KEPT));
		break;
	case 3:
		vt_functions.reset(vt);
		break;
	default:
		feed(vt, input_run(in));
	}
}

/* The same bytes whole and byte by byte. */
static void compare(struct slice all)
{
	uint32_t sums[2];
	for (int pieces = 0; pieces < 2; pieces++) {
		seen.came = seen.answered = 0;
		struct vt *vt = vt_functions.open(20, 6, KEPT, on_answer, &seen);
		seen.width = 20;
		seen.height = 6;
		for (size_t i = 0; pieces && i < all.len; i++)
			feed(vt, slice_cut(all, i, i + 1));
		if (!pieces)
			feed(vt, all);
		sums[pieces] = drawn(vt);
		vt_functions.close(vt);
	}
	MUST(sums[0] == sums[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct slice in = slice_of(data, length);
	compare(in);
	seen.came = seen.answered = 0;
	unsigned width = input_byte(&in), height = input_byte(&in) % 64;
	struct vt *vt = vt_functions.open(width, height, KEPT, on_answer, &seen);
	MUST(vt);
	seen.width = limited(width, VT_WIDTH_MIN, VT_WIDTH_MAX);
	seen.height = limited(height, VT_HEIGHT_MIN, VT_HEIGHT_MAX);
	while (in.len) {
		unsigned what = input_byte(&in);
		step(vt, what < 32 ? what % 4 : 4, &in);
		if (what & 1)
			drawn(vt);
	}
	drawn(vt);
	vt_functions.close(vt);
	return 0;
}
