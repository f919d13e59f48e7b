/* core/layer.c - memory for each layer's own state. */
#include "core/stack.h"

void *layer_alloc(struct tarn *st, enum layer l, size_t bytes)
{
    void *state = arena_take(st, &st->arena, bytes);

    if (state == NULL)
        return NULL;
    memset(state, 0, bytes);
    st->layer[l] = ref_of(st, state);
    return state;
}
