/* chart.h - draws a strip chart of numbers as rows of characters. */
#ifndef WILCO_PANE_CHART_H
#define WILCO_PANE_CHART_H

#include "pane/rows.h"

enum chart_kind {
	CHART_BRAILLE, /* two values a cell, four levels a row */
	CHART_BLOCK,   /* one value a cell, eight levels a row */
	CHART_ASCII,   /* one value a cell, four levels a row */
};

/* Returns how many values fit into so many cells. */
size_t chart_values(enum chart_kind kind, size_t cells);
/* An axis in front of a chart. */
struct chart_axis {
	const char *most, *least; /* what the highest and the lowest level stand for */
	size_t cells;             /* both fit into them */
};
/* Adds `rows` rows with the last of `count` values that fit, scaled from least to most; NaN: a gap.
 * Of one row the axis says only the most.  axis NULL: there is none. */
void chart_rows(enum chart_kind kind, const double *values, size_t count, double least, double most,
	size_t rows, const struct chart_axis *axis, struct rows *out);

/* Adds a chart of one row to a line, a cell for each value, scaled from the least to the most of
 * them. */
void chart_line(enum chart_kind kind, const double *values, size_t count, struct styled *line);
/* Gives the least and the most of values; NaN: there is none. */
void chart_range(const double *values, size_t count, double *least, double *most);

#endif
