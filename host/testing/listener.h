/*
 * A TCP server on loopback for specs: bytes in, bytes out, for answers that no proper server would give.
 *
 * A socket belongs to whoever accepted it. Closing the listener closes its sockets too; each is still freed by its
 * owner.
 */
#ifndef TN_TESTING_LISTENER_H
#define TN_TESTING_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"

#define TN_SOCKET_MAX_INPUT (64u << 20) /* bytes that nobody has taken; over it the socket is closed */

struct tn_listener;
struct tn_socket;

/* accepted() owns the socket; it comes from the loop. TENURE_EIO, TENURE_ENOMEM. */
int tn_listener_new(struct tn_loop *loop, void (*accepted)(void *arg, struct tn_socket *socket), void *arg,
                    struct tn_listener **out, struct tn_err *err);
void tn_listener_free(struct tn_listener *listener); /* NULL is fine */
int tn_listener_port(const struct tn_listener *listener);

/* changed() comes from the loop: bytes came, the other end is done, a write is through, the socket was closed. */
void tn_socket_watch(struct tn_socket *socket, void (*changed)(void *arg), void *arg);

/* What came and was not taken yet: empty the buffer to take it. */
struct tn_buf *tn_socket_input(struct tn_socket *socket);
bool tn_socket_at_end(const struct tn_socket *socket); /* nothing more will come */

/* Copies the bytes and sends them; one write at a time. Its outcome is in when writing() is false. */
int tn_socket_write(struct tn_socket *socket, const char *bytes, size_t len, struct tn_err *err);
bool tn_socket_writing(const struct tn_socket *socket);
int tn_socket_write_error(const struct tn_socket *socket, struct tn_err *err); /* of the last write */

void tn_socket_close(struct tn_socket *socket); /* twice is harmless */
void tn_socket_free(struct tn_socket *socket);  /* NULL is fine */

#endif
