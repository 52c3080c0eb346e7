/* main.c - runs one fuzz target over its seeds (TARGET.seeds: one input a line, as hex) and over
 * mutations of them that are the same in every run. */
#include "fuzz/fuzz.h"
#include "lib/tap.h"

enum { MUTATIONS = 60, MUTATIONS_SLOW = 1, INPUT_MAX = 8192 };

static unsigned state = 1;

static unsigned next(unsigned below)
{
	state = state * 1103515245 + 12345;
	return (state >> 8) % below;
}

static size_t mutate(uint8_t *at, size_t n)
{
	for (unsigned times = 1 + next(4); times; times--) {
		size_t place = n ? next((unsigned)n) : 0;
		switch (next(5)) {
		case 0:
			if (n)
				at[place] ^= (uint8_t)(1 << next(8));
			break;
		case 1:
			if (n)
				at[place] = (uint8_t)next(256);
			break;
		case 2:
			n = place;
			break;
		case 3:
			if (n && 2 * n < INPUT_MAX) { /* the same again behind it */
				memcpy(at + n, at + place, n - place);
				n += n - place;
			}
			break;
		default:
			if (n && n + 1 < INPUT_MAX) {
				memmove(at + place + 1, at + place, n - place);
				n++;
			}
		}
	}
	return n;
}

static size_t unhex(const char *line, uint8_t *out)
{
	size_t n = 0;
	unsigned byte;
	while (n < INPUT_MAX && sscanf(line + 2 * n, "%2x", &byte) == 1)
		out[n++] = (uint8_t)byte;
	return n;
}

int main(int argc, char **argv)
{
	char path[4096];
	const char *srcdir = getenv("srcdir"), *name = strrchr(argv[0], '/');
	static char line[2 * INPUT_MAX + 4];
	static uint8_t seed[INPUT_MAX], input[INPUT_MAX];
	size_t inputs = 0, seeds = 0;
	int mutations = tap_slow() ? MUTATIONS_SLOW : MUTATIONS;
	(void)argc;
	snprintf(path, sizeof path, "%s/tests/fuzz/%s.seeds", srcdir ? srcdir : ".",
		name ? name + 1 : argv[0]);
	FILE *f = fopen(path, "r");
	if (ok(f != NULL, "%s opens", path)) {
		while (fgets(line, sizeof line, f)) {
			size_t n = unhex(line, seed);
			seeds++;
			for (int i = 0; i <= mutations; i++, inputs++) {
				memcpy(input, seed, n);
				/* A block of its own, so that reading behind it is seen. */
				size_t size = i ? mutate(input, n) : n;
				uint8_t *own = malloc(size ? size : 1);
				memcpy(own, input, size);
				LLVMFuzzerTestOneInput(own, size);
				free(own);
			}
		}
		fclose(f);
	}
	ok(seeds > 10, "%zu seeds, %zu inputs", seeds, inputs);
	return tap_done();
}
