#ifndef POOLKEEPER_RE2_SHIM_H
#define POOLKEEPER_RE2_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A C face of the few calls of RE2 that the program needs. All texts are UTF-8 with an explicit length.
#ifdef __cplusplus
extern "C" {
#endif

typedef struct re2_shim re2_shim;

// Compiles an expression; `.` matches newline. On failure returns NULL and sets *message, to be freed by the caller.
re2_shim *_Nullable re2_shim_compile(const uint8_t *_Nullable pattern, size_t length, char *_Nullable *_Nonnull message);
void re2_shim_free(re2_shim *_Nonnull expression);
void re2_shim_free_message(char *_Nullable message);

// Whether the whole text matches.
bool re2_shim_matches(const re2_shim *_Nonnull expression, const uint8_t *_Nullable text, size_t length);
// Number of capture groups.
int32_t re2_shim_group_count(const re2_shim *_Nonnull expression);
// Name of a group (1 is the first), or NULL; freed with re2_shim_free_message.
char *_Nullable re2_shim_group_name(const re2_shim *_Nonnull expression, int32_t group);
// Full match with groups: ranges[2*i], ranges[2*i+1] are start and end of group i, -1 where it took no part.
bool re2_shim_captures(const re2_shim *_Nonnull expression, const uint8_t *_Nullable text, size_t length,
                       intptr_t *_Nonnull ranges, size_t groups);

#ifdef __cplusplus
}
#endif
#endif
