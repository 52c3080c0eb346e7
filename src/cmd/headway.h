/* headway.h - tells how far something is that takes long: in the status of a screen, elsewhere by
 * a note now and then. */
#ifndef WILCO_CMD_HEADWAY_H
#define WILCO_CMD_HEADWAY_H

#include <wilco/bytes.h>

struct shell;
struct loop;

struct headway {
	struct loop *loop;
	int64_t begun, told; /* monotonic ns; told 0: nothing was told yet */
};

void headway_begin(struct headway *p, const struct shell *sh);
/* Says whether it takes long enough to be told about. */
bool headway_takes_long(const struct headway *p);
/* Tells it, if it is time to: add() adds the text, any bytes. */
void headway_tell(struct headway *p, struct shell *sh,
	void (*add)(const void *arg, struct bytes *out), const void *arg);
/* Adds "30 % of 1.0 MiB, 11.2 KiB/s, 1 min left", or without `all` (0: nobody knows it) "312.0 KiB,
 * 11.2 KiB/s". */
void headway_add_rate(const struct headway *p, uint64_t done, uint64_t all, struct bytes *out);
/* Adds what size_text() writes. */
void headway_add_size(uint64_t bytes, struct bytes *out);

#endif
