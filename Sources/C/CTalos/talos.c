#include "talos.h"
