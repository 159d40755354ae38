//! What `--help` prints.

pub(crate) const TEXT: &str = "\
windlass-oci: sends images to registries from inside a pod

usage:
  windlass-oci push --layout DIR [option]… REFERENCE…
  windlass-oci digest --layout DIR [--select DIGEST]
  windlass-oci resolve [option]… REFERENCE
  windlass-oci layout --docker-archive FILE DIR

push      sends the image of the OCI layout DIR to every REFERENCE, its manifest byte by byte, and checks afterwards that
          the registry serves the same digest. Blobs that the registry has are not sent again.
digest    prints the digest of the image's manifest.
resolve   prints the digest that the registry serves; exit code 3 when it serves none.
layout    makes the OCI layout DIR of an archive as `docker save` writes them, and prints the digest of its manifest.
          Compressed layers stay as they are; others are compressed, the same way each time.

options of push:
  --layout DIR            the OCI layout
  --select DIGEST         which of the layout's manifests, if it has several (digest takes it too)
  --mount-from REPOSITORY a repository, HOST/NAME, whose blobs the registry may link instead of taking them again; repeatable
  --parallel N            blobs sent at a time (4)
  --result FILE           write [{\"reference\":…,\"digest\":…,\"size\":…}] there when all is done

options of push and resolve:
  --plain-http HOST       speak HTTP without TLS to this host; repeatable. Loopback addresses do not need it.
  --certificate HOST=FILE trust these certificates (PEM) for this host, besides the usual ones; repeatable
  --insecure HOST         accept any certificate of this host, and plain HTTP if it does not speak TLS; repeatable
  --attempts N            how often a request is tried that finds the registry busy, failing or gone (6)

HOST is written as in references, with its port if it has one. Credentials come from config.json in $DOCKER_CONFIG, else in
~/.docker: `auth`, `username` and `password`, `identitytoken` and `registrytoken`, for a host or for a repository of it.
Certificates come from $SSL_CERT_FILE, else the system's, else the program's own copy of Mozilla's list. HTTPS_PROXY, HTTP_PROXY
and NO_PROXY are respected.

exit codes:
  0  done
  1  anything not named below
  2  wrong arguments or a wrong config.json
  3  there is no such image
  4  the registry refuses the credentials, or wants some and there are none
  5  the credentials do not permit this
  6  the registry cannot be reached, or stopped answering
  7  TLS: the certificate is not trusted, has expired, or is for another name
  8  the layout or the archive is broken
";
