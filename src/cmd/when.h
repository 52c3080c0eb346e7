/* when.h - what .when waits for at a prompt. */
#ifndef WILCO_CMD_WHEN_H
#define WILCO_CMD_WHEN_H

struct shell;
struct opened;
struct reply;

/* Runs the lines whose pattern is found in the frame. */
void when_frame_came(struct opened *device, const struct reply *r);
void when_forget_all(struct shell *sh);

#endif
