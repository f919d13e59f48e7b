"""fastserve.py ADDRESS PORT FOLDER: serves a folder by HTTP, to connections that begin by fast open, too."""
import functools
import http.server
import ipaddress
import socket
import sys

TCP_FASTOPEN = 23


class Server(http.server.ThreadingHTTPServer):
    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
        super().server_bind()


address, port, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if ipaddress.ip_address(address).version == 6:
    Server.address_family = socket.AF_INET6
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
Server((address, port), handler).serve_forever()
