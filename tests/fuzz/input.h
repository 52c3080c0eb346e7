/* input.h - a fuzz target's input, taken apart from its front; what is not there is 0 or empty. */
#ifndef WILCO_FUZZ_INPUT_H
#define WILCO_FUZZ_INPUT_H

#include <wilco/bytes.h>

static inline unsigned input_byte(struct slice *in)
{
	unsigned byte = in->len ? in->at[0] : 0;
	*in = slice_cut(*in, 1, in->len);
	return byte;
}

static inline struct slice input_take(struct slice *in, size_t n)
{
	struct slice taken = slice_cut(*in, 0, n);
	*in = slice_cut(*in, n, in->len);
	return taken;
}

/* A byte that says how many, and so many bytes. */
static inline struct slice input_run(struct slice *in)
{
	return input_take(in, input_byte(in));
}

#endif
