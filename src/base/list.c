/* base/list.c - doubly linked lists of objects in an arena. */
#include "base/list.h"

static struct list_node *node_at(void *base, const struct list *l, uint32_t r)
{
    return list_node(l, ref_at(base, r));
}

/* Put obj between two neighbours, either of which may be REF_END. */
static void insert(void *base, struct list *l, void *obj, struct list_node between)
{
    struct list_node *node = list_node(l, obj);
    uint32_t self = ref_of(base, obj);

    tarn_assert(!list_has(l, obj));
    *node = between;
    if (between.prev == REF_END)
        l->first = self;
    else
        node_at(base, l, between.prev)->next = self;
    if (between.next == REF_END)
        l->last = self;
    else
        node_at(base, l, between.next)->prev = self;
}

void list_push_back(void *base, struct list *l, void *obj)
{
    insert(base, l, obj, (struct list_node){.next = REF_END, .prev = l->last});
}

void list_push_front(void *base, struct list *l, void *obj)
{
    insert(base, l, obj, (struct list_node){.next = l->first, .prev = REF_END});
}

void list_insert_before(void *base, struct list *l, void *at, void *obj)
{
    struct list_node between = {.next = ref_of(base, at), .prev = list_node(l, at)->prev};

    insert(base, l, obj, between);
}

void list_insert_after(void *base, struct list *l, void *at, void *obj)
{
    struct list_node between = {.next = list_node(l, at)->next, .prev = ref_of(base, at)};

    insert(base, l, obj, between);
}

void list_remove(void *base, struct list *l, void *obj)
{
    struct list_node *node = list_node(l, obj);

    tarn_assert(list_has(l, obj));
    if (node->prev == REF_END)
        l->first = node->next;
    else
        node_at(base, l, node->prev)->next = node->next;
    if (node->next == REF_END)
        l->last = node->prev;
    else
        node_at(base, l, node->next)->prev = node->prev;
    *node = (struct list_node){0, 0};
}

void *list_pop_front(void *base, struct list *l)
{
    void *obj = list_first(base, l);

    if (obj != NULL)
        list_remove(base, l, obj);
    return obj;
}
