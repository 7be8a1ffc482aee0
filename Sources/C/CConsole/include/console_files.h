#ifndef POOLKEEPER_CONSOLE_FILES_H
#define POOLKEEPER_CONSOLE_FILES_H

#include <stddef.h>
#include <stdint.h>

// A file of the console, as it was when the program was built.
typedef struct {
  // Without its folder, for example "console.css".
  const char *_Nonnull name;
  const uint8_t *_Nonnull bytes;
  size_t count;
} console_file;

// How many files there are.
size_t console_file_count(void);

// One of them; the index must be below `console_file_count()`. What it points to lives as long as the program.
console_file console_file_at(size_t index);

#endif
