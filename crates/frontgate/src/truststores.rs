//! The truststores of custom domain names with mutual TLS: objects of buckets of the template, read when all is deployed. As on
//! AWS, an object that changes later counts from the next deployment on.

use std::path::{Component, Path, PathBuf};

use frontgate_gateway::Truststore;
use frontgate_snapshot::{Bucket, Resources};

/// Reads the truststores into their custom domain names; what is wrong with them, each with its place.
pub fn read(resources: &mut Resources) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    let Resources { buckets, domain_names, places, .. } = resources;
    for domain in domain_names {
        let Some(mutual) = &mut domain.mutual_tls else { continue };
        match truststore(buckets, &mutual.bucket, &mutual.key) {
            Ok(truststore) => mutual.truststore = truststore,
            Err(why) => {
                let at = places.find(mutual.place).map_or_else(String::new, ToString::to_string);
                let uri = format!("s3://{}/{}", mutual.bucket, mutual.key);
                faults.push((at, format!("BadRequestException: the truststore {uri} cannot be used: {why}")));
            }
        }
    }
    faults
}

fn truststore(buckets: &[Bucket], bucket: &str, key: &str) -> Result<Truststore, String> {
    let Some(bucket) = buckets.iter().find(|known| *known.name == *bucket) else {
        return Err("the bucket is not of this template".to_owned());
    };
    let Some(folder) = &bucket.folder else {
        return Err("the bucket has no folder".to_owned());
    };
    let path = path_in(folder, key).ok_or("the key leaves the folder of the bucket")?;
    let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Truststore::from_pem(&text)
}

fn path_in(folder: &Path, key: &str) -> Option<PathBuf> {
    let is_name = |component: Component<'_>| matches!(component, Component::Normal(_));
    Path::new(key).components().all(is_name).then(|| folder.join(key))
}
