import {CloudTrailClient,StopLoggingCommand,UpdateTrailCommand,StartLoggingCommand,GetTrailCommand} from '@aws-sdk/client-cloudtrail';
import {KMSClient,DisableKeyCommand,EnableKeyCommand} from '@aws-sdk/client-kms';
import {S3Client,PutBucketPolicyCommand} from '@aws-sdk/client-s3';
import {LambdaClient,GetFunctionConfigurationCommand,UpdateFunctionConfigurationCommand} from '@aws-sdk/client-lambda';
const cred={accessKeyId:process.env.WHO??'mallory',secretAccessKey:'x'};const c={endpoint:process.env.AWS_ENDPOINT_URL,region:'us-east-1',credentials:cred};
const ct=new CloudTrailClient(c);
for (const a of process.argv.slice(2)) {
 if(a==='stop') await ct.send(new StopLoggingCommand({Name:'org-trail'}));
 if(a==='start') await ct.send(new StartLoggingCommand({Name:'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail'}));
 if(a==='prefix') await ct.send(new UpdateTrailCommand({Name:'org-trail',S3KeyPrefix:'else'}));
 if(a==='key') {const {Trail}=await ct.send(new GetTrailCommand({Name:'org-trail'}));await new KMSClient(c).send(new DisableKeyCommand({KeyId:Trail.KmsKeyId}));}
 if(a==='keyon') {const {Trail}=await ct.send(new GetTrailCommand({Name:'org-trail'}));await new KMSClient(c).send(new EnableKeyCommand({KeyId:Trail.KmsKeyId}));}
 if(a==='policy') {const {Trail}=await ct.send(new GetTrailCommand({Name:'org-trail'}));await new S3Client({...c,forcePathStyle:true}).send(new PutBucketPolicyCommand({Bucket:Trail.S3BucketName,Policy:'{"Version":"2012-10-17","Statement":[]}'}));}
 if(a==='fast'){const l=new LambdaClient(c);const FunctionName='Trailkeeper-Backfill';const {Environment}=await l.send(new GetFunctionConfigurationCommand({FunctionName}));await l.send(new UpdateFunctionConfigurationCommand({FunctionName,Environment:{Variables:{...Environment.Variables,TRAILKEEPER_LOOKUPS_PER_SECOND:'1000'}}}));}
 if(a.startsWith('age')) await fetch(process.env.AWS_ENDPOINT_URL+'/_sandbox/event-history',{method:'POST',body:JSON.stringify({agedMs:Number(a.slice(3))*60000})});
 if(a==='drop') await fetch(process.env.AWS_ENDPOINT_URL+'/_sandbox/delivery',{method:'POST',body:JSON.stringify({drop:true})});
 if(a==='sweep') await fetch(process.env.AWS_ENDPOINT_URL+'/_sandbox/sweep',{method:'POST'});
}
