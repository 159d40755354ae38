# shellcheck shell=bash
# Sourced: certificates for servers that only the tests talk to.

# certificate_authority DIRECTORY NAME: writes ca.crt and ca.key.
certificate_authority() {
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
        -days 3650 -subj "/CN=$2" -keyout "$1/ca.key" -out "$1/ca.crt" \
        -addext "basicConstraints=critical,CA:TRUE" \
        -addext "keyUsage=critical,keyCertSign,cRLSign") 2>/dev/null && chmod 0644 "$1/ca.crt"
}

# server_certificate AUTHORITY DIRECTORY NAME ALTERNATIVES [DAYS]: writes NAME.crt and
# NAME.key, valid for ALTERNATIVES (such as "DNS:gcr.io,IP:127.0.0.1"). With a
# negative number of days it has expired.
server_certificate() {
    local authority=$1 directory=$2 name=$3 days=${5:-3650}
    (
        umask 077
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
            -subj "/CN=$name" -keyout "$directory/$name.key" -out "$directory/$name.csr" &&
            openssl x509 -req -sha256 -days "$days" -in "$directory/$name.csr" -out "$directory/$name.crt" \
                -CA "$authority/ca.crt" -CAkey "$authority/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
                -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$4")
    ) 2>/dev/null && rm "$directory/$name.csr" && chmod 0644 "$directory/$name.crt"
}
