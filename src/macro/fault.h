/* fault.h - what is wrong with a line on purpose: `.fault KIND [ARG] [P% | nth N | every N]`. */
#ifndef WILCO_FAULT_H
#define WILCO_FAULT_H

#include <wilco/macro.h>

enum fault_kind {
	FAULT_CLOSE,    /* the line is closed behind the first half of the bytes */
	FAULT_CORRUPT,  /* `bytes` of the bytes are changed */
	FAULT_DELAY,    /* they come by `ns` later */
	FAULT_DROP,     /* they do not come */
	FAULT_PACE,     /* they come one by one, with this pause between them */
	FAULT_RESET,    /* as FAULT_CLOSE, by a reset */
	FAULT_SPLIT,    /* they come in two pieces, with this pause between them */
	FAULT_STALL,    /* neither they nor anything behind them comes */
	FAULT_TRUNCATE, /* the last `bytes` do not come */
};

enum fault_when {
	FAULT_ALWAYS,
	FAULT_PERCENT, /* so often in a hundred, as the seed has it */
	FAULT_NTH,     /* only the n-th time */
	FAULT_EVERY,   /* each n-th time */
};

struct fault {
	enum fault_kind kind;
	int64_t ns;
	uint64_t bytes;
	enum fault_when when;
	uint64_t n;
	bool later; /* a name in it has no value yet */
};

/* Reads what stands behind `.fault`.  Errors are placed in it.  names: NULL where there are none.
 */
bool fault_parse(struct slice rest, struct names *names, struct fault *fault, struct error *err);

#endif
