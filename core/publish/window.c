#include "publish/window.h"

#include "base/limits.h"

size_t sp_window_next(size_t window, size_t n_waiting)
{
    if (n_waiting < window / 4)
        return window < SP_SWEEP_AT_ONCE_MAX ? window + 1 : window;
    size_t less = window - window / 16 - 1;
    return less > SP_SWEEP_AT_ONCE_MIN ? less : SP_SWEEP_AT_ONCE_MIN;
}
