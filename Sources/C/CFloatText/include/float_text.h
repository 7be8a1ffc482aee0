#ifndef POOLKEEPER_FLOAT_TEXT_H
#define POOLKEEPER_FLOAT_TEXT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Most digits that a value can have.
#define FLOAT_TEXT_DIGITS 17

// Writes the fewest significant digits (ASCII, the first not '0', at most FLOAT_TEXT_DIGITS) that read back to the same
// value, and the power of ten of the first of them. The value must be finite and greater than 0.
// Returns the number of digits.
int32_t float_text_shortest(double value, uint8_t *_Nonnull digits, int32_t *_Nonnull exponent);

#ifdef __cplusplus
}
#endif
#endif
