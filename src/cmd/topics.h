/* topics.h - what help knows, from the tables that run the program: verbs, settings, frames, keys.
 *
 * Each prints what has the word in it, whatever the case of its letters (empty: everything), below
 * a heading, and returns how much that was. */
#ifndef WILCO_TOPICS_H
#define WILCO_TOPICS_H

#include "cmd/cmd.h"

/* Keys of what one does now, or those of everything else; both where there is a word. */
enum topic_keys { TOPIC_KEYS_NOW, TOPIC_KEYS_OTHER, TOPIC_KEYS_ALL };
size_t topic_keys(struct shell *sh, struct slice word, enum topic_keys which);
size_t topic_verbs(struct shell *sh, struct slice word);
size_t topic_settings(struct shell *sh, struct slice word);
size_t topic_frames(struct shell *sh, struct slice word);
/* The commands that are used most, as one would type them. */
void topic_common(struct shell *sh);

/* Spells ".find [TEXT]" or ".text or .t TEXT". */
enum { USAGE_MAX = 160 };
void topic_usage(const struct verb *v, char out[USAGE_MAX]);

#endif
