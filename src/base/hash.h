/* hash.h - one number for some bytes (FNV-1a), to find what is equal. */
#ifndef WILCO_HASH_H
#define WILCO_HASH_H

#include <wilco/bytes.h>

#define HASH_BEGIN UINT64_C(14695981039346656037)

/* Goes on from `hash`; the low bits of the result can be used alone. */
static inline uint64_t hash_bytes(uint64_t hash, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		hash = (hash ^ bytes.at[i]) * UINT64_C(1099511628211);
	return hash ^ hash >> 32;
}

/* Adds a number, and so an end between what stands before and behind it. */
static inline uint64_t hash_number(uint64_t hash, uint64_t number)
{
	return hash_bytes(hash, slice_of(&number, sizeof number));
}

#endif
