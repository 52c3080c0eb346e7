/* sim_private.h - a simulated device and its clients, for the files that serve them. */
#ifndef WILCO_SIM_PRIVATE_H
#define WILCO_SIM_PRIVATE_H

#include "loop/loop.h"
#include "sim/answer.h"

enum { ANSWERS_MAX = 256 }; /* of one client */

/* What the device says to one client by itself. */
struct talk {
	struct client *client;
	const struct sim_block *block;
	struct loop_timer timer;
	uint64_t said;
};

/* An address at which the device is. */
struct door {
	struct sim *sim;
	struct door *next;
	struct listener *listener;
	bool datagrams;
	bool lasting; /* its one client stays, whether or not somebody is there */
};

struct client {
	struct sim *sim;
	const struct door *door;
	struct client *next, **link;
	struct transport *line;
	struct split *split;
	struct bytes pending, scratch;
	struct talk *talk; /* of this client, as many as the script has */
	struct loop_timer silence_timer, delay_timer, idle_timer;
	int64_t active_at; /* when it last sent or took something, as far as that is known */
	size_t unsent;     /* bytes that it had not taken then */
	bool gap_over;
	bool ended;   /* it has closed its side */
	bool lost;    /* we close ours: (lost), or a fault */
	bool stalled; /* a fault: nothing more is sent */
	/* Answers that wait, the oldest first; `step` is the next step of the oldest. */
	const struct sim_block *answers[ANSWERS_MAX];
	size_t first, count;
	const struct step *step;
	bool delayed;           /* the delay of `step`, or the pause, has passed */
	bool planned;           /* `plan` is that of `step` */
	struct fault_plan plan; /* what goes wrong with the reply */
	struct bytes held;      /* what is left of one that goes out in pieces */
	/* The fields of the last command and of the one being parsed. */
	struct frame_values received, came;
};

struct sim {
	struct loop *loop;
	const struct sim_script *script;
	struct door *doors;
	bool once;                  /* the first client is the last */
	bool strict;                /* what the file does not have is told */
	struct loop_timer over;     /* once: that client has gone */
	struct sim_unknown unknown; /* what came */
	uint64_t served;            /* clients that came */
	bool failed;                /* it can listen no more; `failure` says why */
	struct error failure;
	sim_log log;
	void *log_arg;
	int64_t idle_limit; /* ns; 0: none */
	struct client *clients;
	size_t client_count;
	struct variables memory; /* one for all clients */
	struct faults faults;    /* the same */
	size_t *turns;           /* for each block, how often its command came */
	uint64_t *answered;      /* for each block with names, how often it answered: \{n} */
};

/* sim.c */
void client_log(struct client *c, char direction, struct slice bytes);

/* choose.c */
/* Chooses the block that fits best; those that fit as well take turns.  values NULL: the command
 * came without fields.  NULL: none fits. */
const struct sim_block *choose_block(
	struct sim *sim, struct slice command, const struct field_value *values, bool wire);
/* Adds the answer to those that wait; b NULL: there is none. */
void client_answer(struct client *c, const struct sim_block *b);
void client_take_command(struct client *c, const struct split_event *event);

/* sending.c */
/* Says whether the client must be answered, or take its answers, before it is read again. */
bool client_congested(const struct client *c);
/* Sends the steps of waiting answers that are due. */
void client_send_due(struct client *c);
/* Drops the oldest answer. */
void client_drop_answer(struct client *c);

#endif
