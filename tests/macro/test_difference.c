/* The list of differences: it owns its texts, and counts those that found no room. */
#include "lib/tap.h"
#include <wilco/difference.h>

int main(void)
{
	struct differences d = {0};
	char text[] = "READY";
	difference_add(&d, "byte 4", slice_str(text), (struct slice){0});
	text[0] = 'x';
	is_int(d.count, 1, "a difference is added");
	is_str(d.at[0].at, "byte 4", "with its place");
	is_str(d.at[0].expected, "READY", "and copies of its texts");
	ok(!d.at[0].got, "of which one may be absent");
	for (size_t i = 0; i < DIFFERENCES_MAX + 3; i++)
		difference_addf(&d, SLICE("a"), SLICE(""), "frame %zu", i + 1);
	is_int(d.count, DIFFERENCES_MAX, "the list has a cap");
	is_int(d.more, 4, "and counts the rest");
	is_str(d.at[1].at, "frame 1", "a place is formatted");
	is_str(d.at[1].got, "", "an empty text is not an absent one");
	differences_clear(&d);
	is_int(d.count + d.more, 0, "it is emptied");
	return tap_done();
}
