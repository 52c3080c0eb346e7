/* chart.c - see chart.h. */
#include "pane/chart.h"

#include "base/text.h"
#include <math.h>

enum { BRAILLE = 0x2800, BLOCK = 0x2580 };

static size_t levels_of(enum chart_kind kind)
{
	return kind == CHART_BLOCK ? 8 : 4;
}

size_t chart_values(enum chart_kind kind, size_t cells)
{
	return kind == CHART_BRAILLE ? 2 * cells : cells;
}

/* Returns the level of a value, from 1 (the lowest) to `levels`; 0: there is no value. */
static size_t level(double value, double least, double most, size_t levels)
{
	if (isnan(value))
		return 0;
	double part = most > least ? (value - least) / (most - least) : 0.5;
	size_t l = (size_t)(part * (double)levels) + 1;
	return l > levels ? levels : l;
}

/* Returns how much of a row is filled, 0 to `each`; row 0 is the lowest. */
static size_t part_of(size_t level, size_t row, size_t each)
{
	size_t below = row * each;
	return level <= below ? 0 : level - below > each ? each : level - below;
}

/* Returns the dots of a braille column, filled from below (Unicode 2800: bits by dot number). */
static uint32_t dots(size_t filled, bool right)
{
	static const uint8_t left_bits[] = {0x40, 0x04, 0x02, 0x01},
			     right_bits[] = {0x80, 0x20, 0x10, 0x08};
	uint32_t bits = 0;
	for (size_t i = 0; i < filled; i++)
		bits |= right ? right_bits[i] : left_bits[i];
	return bits;
}

static void add_code(struct bytes *out, uint32_t code)
{
	uint8_t raw[4];
	bytes_add(out, slice_of(raw, text_encode(code, raw)));
}

static void add_cell(enum chart_kind kind, size_t left, size_t right, struct bytes *out)
{
	static const char ascii[] = " .:|#";
	if (kind == CHART_BRAILLE)
		add_code(out,
			left || right ? BRAILLE + (dots(left, false) | dots(right, true)) : ' ');
	else if (kind == CHART_BLOCK)
		add_code(out, left ? BLOCK + (uint32_t)left : ' ');
	else
		bytes_add_byte(out, (uint8_t)ascii[left]);
}

/* Adds a row of the chart, of which row 0 is the lowest, with values from `from` on. */
static void chart_row(enum chart_kind kind, const double *values, size_t from, size_t count,
	double least, double most, size_t row, size_t rows, struct styled *out)
{
	size_t each = levels_of(kind), step = kind == CHART_BRAILLE ? 2 : 1;
	struct bytes line;
	bytes_init(&line, ROW_MAX);
	for (size_t i = from; i < count; i += step) {
		size_t a = level(values[i], least, most, rows * each);
		size_t b = i + 1 < count ? level(values[i + 1], least, most, rows * each) : 0;
		add_cell(kind, part_of(a, row, each), part_of(b, row, each), &line);
	}
	styled_add(out, STYLE_GOOD, bytes_shown(&line));
	bytes_free(&line);
}

static void add_axis(const struct chart_axis *axis, bool top, bool bottom, struct styled *line)
{
	styled_addf(line, STYLE_DIM, "%*s ", (int)axis->cells,
		top      ? axis->most
		: bottom ? axis->least
			 : "");
}

void chart_rows(enum chart_kind kind, const double *values, size_t count, double least, double most,
	size_t rows, const struct chart_axis *axis, struct rows *out)
{
	size_t width = out->width - (axis ? axis->cells + 1 : 0);
	size_t fit = chart_values(kind, width), from = count > fit ? count - fit : 0;
	for (size_t row = rows; row-- > 0;) {
		if (axis)
			add_axis(axis, row + 1 == rows, row == 0, &out->line);
		chart_row(kind, values, from, count, least, most, row, rows, &out->line);
		rows_end(out);
	}
}

void chart_line(enum chart_kind kind, const double *values, size_t count, struct styled *line)
{
	double least, most;
	chart_range(values, count, &least, &most);
	chart_row(kind, values, 0, count, least, most, 0, 1, line);
}

void chart_range(const double *values, size_t count, double *least, double *most)
{
	*least = *most = NAN;
	for (size_t i = 0; i < count; i++) {
		if (isnan(values[i]))
			continue;
		*least = values[i] < *least || isnan(*least) ? values[i] : *least;
		*most = values[i] > *most || isnan(*most) ? values[i] : *most;
	}
}
