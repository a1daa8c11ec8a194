# Certificates by openssl. Sourced, not run.

# authority FOLDER NAME: an authority of that name, in NAME.pem and NAME.key.
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$2" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$1/$2.key" -out "$1/$2.pem" 2>/dev/null
}

# certificate FOLDER NAME AUTHORITY USAGE NAMES: a certificate for `serverAuth` or `clientAuth`.
certificate() {
    local folder=$1 name=$2 by=$3 usage=$4 names=$5
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" -keyout "$folder/$name.key" \
        -out "$folder/$name.csr" 2>/dev/null
    openssl x509 -req -in "$folder/$name.csr" -CA "$folder/$by.pem" -CAkey "$folder/$by.key" -CAcreateserial -days 2 \
        -extfile <(printf 'extendedKeyUsage=%s\nsubjectAltName=%s\n' "$usage" "$names") -out "$folder/$name.pem" 2>/dev/null
}
