#ifndef EMBEDDED_FILES_H
#define EMBEDDED_FILES_H

#include <stddef.h>

// Files that are part of the program, as they stood when it was built. The bytes live as long as the program.

// docs/openapi.yaml, in UTF-8.
const unsigned char *embedded_openapi(size_t *count);

#endif
