#include "embedded_files.h"

// #embed is part of C23, and an extension of clang before it.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wc23-extensions"
#endif

static const unsigned char openapi[] = {
#embed "../../../docs/openapi.yaml"
};

const unsigned char *embedded_openapi(size_t *count) {
  *count = sizeof(openapi);
  return openapi;
}
