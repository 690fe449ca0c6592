"""An SFTP server on loopback over a folder of this machine."""

import os
import socket
import threading
from pathlib import Path

import paramiko


class Login(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        allowed = (username, password) == ("ann", "secret")
        return paramiko.AUTH_SUCCESSFUL if allowed else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username):
        return "password"


class File(paramiko.SFTPHandle):
    def __init__(self, path, server):
        super().__init__(os.O_RDONLY)
        self.path, self.server = path, server
        self.readfile = path.open("rb")

    def read(self, offset, length):
        self.server.on_read(self.path)
        return super().read(offset, length)

    def stat(self):
        return paramiko.SFTPAttributes.from_stat(self.path.stat())


class SftpServer:
    """Serves a folder to ann; `on_read` is called before each read, `drop` ends connections."""

    def __init__(self, root):
        self.root = root
        self.key = paramiko.RSAKey.generate(2048)
        self.on_read = lambda path: None
        self._transports = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.logins = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def known_hosts(self):
        return f"[127.0.0.1]:{self.port} {self.key.get_name()} {self.key.get_base64()}\n"

    def drop(self):
        for transport in self._transports:
            transport.close()

    def close(self):
        self._listening.close()
        self.drop()

    def _accept(self):
        outer = self

        class Files(paramiko.SFTPServerInterface):
            def _at(self, path):
                return Path(outer.root, path.lstrip("/"))

            def list_folder(self, path):
                try:
                    found = []
                    for entry in self._at(path).iterdir():
                        told = paramiko.SFTPAttributes.from_stat(entry.lstat())
                        told.filename = entry.name
                        found.append(told)
                    return found
                except OSError as error:
                    return paramiko.SFTPServer.convert_errno(error.errno)

            def stat(self, path):
                try:
                    return paramiko.SFTPAttributes.from_stat(self._at(path).stat())
                except OSError as error:
                    return paramiko.SFTPServer.convert_errno(error.errno)

            lstat = stat

            def open(self, path, flags, attr):
                try:
                    if self._at(path).is_fifo():  # to open it is to wait for who writes to it
                        return paramiko.SFTP_PERMISSION_DENIED
                    return File(self._at(path), outer)
                except OSError as error:
                    return paramiko.SFTPServer.convert_errno(error.errno)

        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
            self._transports.append(transport)
            self.logins += 1
            transport.start_server(event=threading.Event(), server=Login())
